import type { ScoreColumnId } from '../narrative.ts'
import { formatPoints } from '../points.ts'
import type { Hundredths } from '../template.ts'

/** “甲”、“乙” */
export function quotedList(names: readonly string[]): string {
  return names.map((name) => `“${name}”`).join('、')
}

/** 甲、乙和丙 */
export function andZh(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join('、')}和${parts.at(-1) ?? ''}`
}

/** a, b and c */
export function andEn(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`
}

/** 90.8分 */
export function pointsZh(score: Hundredths): string {
  return `${formatPoints(score)}分`
}

/** 1 point, 90.8 points */
export function pointsEn(score: Hundredths): string {
  return score === 100 ? '1 point' : `${formatPoints(score)} points`
}

export const COLUMN_WORDS: Readonly<Record<ScoreColumnId, { readonly zh: string; readonly en: string }>> = {
  self: { zh: '自评', en: 'self-evaluation' },
  department: { zh: '主管部门审核', en: 'department review' },
  finance: { zh: '财政复核', en: 'finance review' },
}

/** Long words of a person are cut in a message; the place to jump to holds them whole. */
export function shorten(text: string): string {
  const chars = [...text]
  return chars.length <= 40 ? text : `${chars.slice(0, 40).join('')}…`
}
