import type { Language } from './language.ts'
import { LOCALES } from './language.ts'

/** Shown where there is no value; zero is 0. */
export const EMPTY = '—'

/** A total in points as HTTP carries it: one decimal, two where the second says something. */
export function formatTotal(points: number | null): string {
  if (points === null) return EMPTY
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 2 }).format(points)
}

/** Yuan with thousands marks and 分. */
export function formatYuan(yuan: number | null): string {
  if (yuan === null) return EMPTY
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(yuan)
}

export interface MomentWords {
  today(value: { time: string }): string
  yesterday(value: { time: string }): string
}

/** “今天 09:20”, “昨天 17:02”, “11月18日 08:41”, in the reader's time zone; the year only when it is another one. */
export function formatMoment(
  iso: string,
  { language, words, now = new Date() }: { language: Language; words: MomentWords; now?: Date },
): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return EMPTY
  const time = new Intl.DateTimeFormat(LOCALES[language], { hour: '2-digit', minute: '2-digit', hour12: false }).format(
    at,
  )
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000)
  if (days === 0) return words.today({ time })
  if (days === 1) return words.yesterday({ time })
  const date = new Intl.DateTimeFormat(LOCALES[language], {
    ...(at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
    month: language === 'zh' ? 'long' : 'short',
    day: 'numeric',
  }).format(at)
  return `${date} ${time}`
}

const startOfDay = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
