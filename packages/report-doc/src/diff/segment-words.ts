/** Cuts a text into words, spaces and signs, so that nothing is lost when they are put together again. */
export function segmentWords(text: string): readonly string[] {
  if (text === '') return []
  return segmenter === null ? bySigns(text) : Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** For engines without a dictionary: one token per Han character, per word of other scripts, per number, per sign. */
export function bySigns(text: string): readonly string[] {
  return text.match(TOKENS) ?? []
}

const TOKENS = /\p{Script=Han}|\d+(?:[.,]\d+)*|(?:(?!\p{Script=Han})[\p{L}\p{M}])+|\s+|[\s\S]/gu

const segmenter = createSegmenter()

function createSegmenter(): Intl.Segmenter | null {
  try {
    return new Intl.Segmenter('zh', { granularity: 'word' })
  } catch {
    return null
  }
}
