import { FIELD_CHAR } from '@gongping/scoring'

/** Text that every database and file format can hold: no NUL, no half of a surrogate pair. Nothing else is touched. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/**
 * The same for prose, where one character stands for a field: a typed one becomes the replacement character, so that
 * the n-th field always belongs to the n-th such character. Line ends are one newline each.
 */
export function cleanProse(text: string): string {
  return cleanText(text).replaceAll(FIELD_CHAR, '\uFFFD').replace(/\r\n?/g, '\n')
}
