/** The numbers of official documents: 一、（一）1.（1）①. `position` counts from 1 among the headings of that level. */
export function sectionNumber(level: number, position: number): string {
  switch (level) {
    case 1:
      return `${chineseNumber(position)}、`
    case 2:
      return `（${chineseNumber(position)}）`
    case 3:
      return `${position}. `
    case 4:
      return `（${position}）`
    default:
      return position <= 20 ? String.fromCodePoint(0x245f + position) : `${position}`
  }
}

function chineseNumber(n: number): string {
  const digits = '〇一二三四五六七八九'
  if (n < 10) return digits[n] ?? ''
  if (n < 20) return `十${n === 10 ? '' : digits[n - 10]}`
  if (n < 100) return `${digits[Math.floor(n / 10)]}十${n % 10 === 0 ? '' : digits[n % 10]}`
  return String(n)
}
