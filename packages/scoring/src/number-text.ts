/** Full-width digits, points, commas, signs and percent marks become half-width; the length stays the same. */
export function toHalfWidth(text: string): string {
  return text.replace(
    /[０-９．，％＋－−]/g,
    (char) => HALF_WIDTH[char] ?? String.fromCharCode(char.charCodeAt(0) - 0xfee0),
  )
}

const HALF_WIDTH: Readonly<Record<string, string>> = { '−': '-' }

const groupedThousands = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/

/**
 * A number as people write it, as plain decimal text: full-width digits, spaces and thousands marks are accepted.
 * Null when it is no number.
 */
export function toDecimalText(text: string): string | null {
  const plain = toHalfWidth(text).replace(/\s/g, '')
  const digits = groupedThousands.test(plain) ? plain.replaceAll(',', '') : plain
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(digits)
  if (!match) return null
  const [, sign = '', whole = '', fraction = ''] = match
  if (whole === '' && fraction === '') return null
  return `${sign === '-' ? '-' : ''}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`
}
