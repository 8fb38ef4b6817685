const NAME = 'jump-quote'
const SHOWN_MS = 4000
let timer: ReturnType<typeof setTimeout> | undefined

/**
 * Marks the words of a finding for a moment, without touching the document.
 *
 * @returns the element the words begin in, null when they are no longer there.
 */
export function showQuote(block: HTMLElement, quote: string): HTMLElement | null {
  const range = findRange(block, quote)
  if (range === null) return null
  if (typeof Highlight === 'undefined') return range.startContainer.parentElement
  CSS.highlights.set(NAME, new Highlight(range))
  clearTimeout(timer)
  timer = setTimeout(() => CSS.highlights.delete(NAME), SHOWN_MS)
  return range.startContainer.parentElement
}

function findRange(block: HTMLElement, quote: string): Range | null {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT)
  const pieces: { node: Text; from: number }[] = []
  let text = ''
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    pieces.push({ node: node as Text, from: text.length })
    text += node.nodeValue ?? ''
  }
  const at = text.indexOf(quote)
  if (quote === '' || at < 0) return null
  const place = (offset: number) => {
    const piece = pieces.findLast(({ from }) => from <= offset)!
    return { node: piece.node, offset: offset - piece.from }
  }
  const range = document.createRange()
  const start = place(at)
  const end = place(at + quote.length - 1)
  range.setStart(start.node, start.offset)
  range.setEnd(end.node, end.offset + 1)
  return range
}
