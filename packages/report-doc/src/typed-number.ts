import type { SectionLevel } from './editor/nodes/section-heading-node.ts'

/** A number somebody typed before a heading: 一、（一）1.（1）①. */
export interface TypedNumber {
  readonly level: SectionLevel
  /** Characters it takes at the start, spaces after it included. */
  readonly length: number
}

/** @returns null for a line that starts with something else, also with a figure such as 1.5 */
export function readTypedNumber(line: string): TypedNumber | null {
  for (const [level, pattern] of PATTERNS) {
    const found = pattern.exec(line)
    if (found !== null) return { level, length: found[0].length }
  }
  return null
}

const PATTERNS: readonly (readonly [SectionLevel, RegExp])[] = [
  [1, /^\s*[一二三四五六七八九十百]{1,4}、\s*/],
  [2, /^\s*[（(][一二三四五六七八九十百]{1,4}[）)]\s*/],
  [3, /^\s*\d{1,2}(?:[.．](?!\d)|、)\s*/],
  [4, /^\s*[（(]\d{1,2}[）)]\s*/],
  [5, /^\s*[①-⑳]\s*/],
]
