import type { Locator } from 'playwright-core'

/**
 * What is selected in an element of the report's text: words, its start or end, all of it, or all of it with the end of
 * the block before, as deleting backwards from the end of a block would take it.
 */
export type Selecting = { readonly words: string } | 'start' | 'end' | 'all' | 'all from the block before'

/**
 * Selects as a person does, and resolves once the editor has heard of it: keys like Backspace act on what it has heard.
 * @returns the selected text
 */
export async function selectText(element: Locator, what: Selecting): Promise<string> {
  return element.evaluate(async (within, selecting) => {
    const range = document.createRange()
    range.selectNodeContents(within)
    if (selecting === 'start' || selecting === 'end') range.collapse(selecting === 'start')
    else if (selecting === 'all from the block before') {
      const before = within.previousElementSibling!
      range.setStart(before, before.childNodes.length)
    } else if (selecting !== 'all') {
      const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT)
      let node = walker.nextNode()
      while (node !== null && !node.nodeValue!.includes(selecting.words)) node = walker.nextNode()
      if (node === null) throw new Error(`${selecting.words} is not in the text`)
      const at = node.nodeValue!.indexOf(selecting.words)
      range.setStart(node, at)
      range.setEnd(node, at + selecting.words.length)
    }
    range.startContainer.parentElement!.scrollIntoView({ block: 'nearest' })
    within.closest<HTMLElement>('[contenteditable]')!.focus({ preventScroll: true })
    const heard = new Promise<void>((resolve) => {
      document.addEventListener('selectionchange', () => setTimeout(resolve), { once: true })
      // Nothing is said of what was selected before.
      setTimeout(resolve, 500)
    })
    getSelection()!.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset)
    await heard
    return getSelection()!.toString()
  }, what)
}
