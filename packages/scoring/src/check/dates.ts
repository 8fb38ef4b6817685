import { isBlank } from '../facts.ts'
import { toHalfWidth } from '../number-text.ts'
import type { ReportData } from '../report-data.ts'

export interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The year whose money is evaluated: typed, read out of the text, or unknown. */
export type YearFound =
  | { readonly from: 'typed'; readonly year: number }
  | { readonly from: 'text'; readonly year: number }
  | { readonly from: 'nowhere'; readonly year: null }

/** A whole date in any of the usual ways of writing; null when it is none or no day of the calendar. */
export function parseDate(text: string): CalendarDate | null {
  const plain = toHalfWidth(text).replace(/\s/g, '')
  const match =
    /^(\d{4})年(\d{1,2})月(\d{1,2})[日号]?$/.exec(plain) ??
    /^(\d{4})[-./、](\d{1,2})[-./、](\d{1,2})$/.exec(plain) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain)
  if (!match) return null
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) }
  const real = new Date(Date.UTC(date.year, date.month - 1, date.day))
  return real.getUTCMonth() === date.month - 1 && real.getUTCDate() === date.day ? date : null
}

/** 2022年5月25日 */
export function formatDateZh({ year, month, day }: CalendarDate): string {
  return `${year}年${month}月${day}日`
}

/** 2022-05-25; sorts as text. */
export function formatDateIso({ year, month, day }: CalendarDate): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** `2021`, `２０２１年度`; null for anything else. */
export function parseYear(value: unknown): number | null {
  const match = /^((?:19|20)\d{2})(?:年度?)?$/.exec(toHalfWidth(String(value)).replace(/\s/g, ''))
  return match ? Number(match[1]) : null
}

/** Titles of documents and their numbers speak of other years. */
export function withoutDocumentNames(text: string): string {
  return text.replace(/《[^《》]{0,200}》|[〔[［]\d{4}[〕\]］]/g, (found) => ' '.repeat(found.length))
}

/** Typed on the cover, typed among the facts, else the year the text speaks of most often. */
export function evaluationYear(data: ReportData, paragraphs: readonly { readonly plain: string }[]): YearFound {
  for (const value of [data.cover.get('evaluationYear'), data.facts.get('evaluationYear')]) {
    const year = isBlank(value) ? null : parseYear(value)
    if (year !== null) return { from: 'typed', year }
  }
  const counts = new Map<number, number>()
  for (const { plain } of paragraphs) {
    for (const match of withoutDocumentNames(plain).matchAll(/(?<!\d)((?:19|20)\d{2})\s?年/g)) {
      const year = Number(match[1])
      counts.set(year, (counts.get(year) ?? 0) + 1)
    }
  }
  const [most] = [...counts].toSorted(([a, x], [b, y]) => y - x || a - b)
  return most ? { from: 'text', year: most[0] } : { from: 'nowhere', year: null }
}
