/**
 * What people write, without what would deceive or break whoever reads it: characters that turn the direction of the
 * words after them (U+202A–202E, U+2066–2069), half surrogate pairs, and control characters but for tabs and the ends of
 * lines. Everything typed through HTTP passes here; it is never refused for it.
 */
export const plainProse = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(DIRECTION, '')
    .replace(/(?![\n\t])\p{Cc}/gu, ' ')

/** The same in one line, without spaces around: names and titles. */
export const plainLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(DIRECTION, '')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()

const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g
