import type { Lookup, Scope } from './expression.ts'
import { toDecimalText } from './number-text.ts'
import { type Rational, fromDecimal, fromNumber } from './rational.ts'
import type { Facts } from './report-data.ts'
import type { DataField, Indicator, IndicatorId, Template } from './template.ts'

/** Where the value of a data field is kept among the facts. */
export function factKey(field: DataField, indicatorId: IndicatorId): string {
  if (field.perRow) return `${indicatorId}.${field.key}`
  return field.from ?? field.key
}

/** The data fields by key. Built once per template. */
export function dataFieldIndex(template: Template): ReadonlyMap<string, DataField> {
  const known = fieldsByTemplate.get(template)
  if (known) return known
  const fields = new Map(template.dataFields.map((field) => [field.key, field]))
  fieldsByTemplate.set(template, fields)
  return fields
}
const fieldsByTemplate = new WeakMap<Template, ReadonlyMap<string, DataField>>()

/**
 * One fact as an exact number, its default where nothing is typed.
 * `keys` of the answer are data field keys: `target` rather than `{indicatorId}.target`.
 */
export function findNumber(
  template: Template,
  facts: Facts,
  { key, indicatorId }: { readonly key: string; readonly indicatorId: IndicatorId },
): Lookup<Rational> {
  const field = dataFieldIndex(template).get(key)
  if (!field) return { state: 'missing', keys: [key] }
  const value = facts.get(factKey(field, indicatorId))
  if (isBlank(value)) {
    const standard = field.defaultValue === null ? null : fromNumber(field.defaultValue)
    return standard === null ? { state: 'missing', keys: [key] } : { state: 'present', value: standard }
  }
  const number = toRational(value)
  // Only values of a row, such as a growth rate, may lie below zero.
  const allowed = number !== null && (field.perRow || number.n >= 0n)
  return allowed ? { state: 'present', value: number } : { state: 'invalid', keys: [key] }
}

/** Row keys of a table that hold anything: numbers by value (2 before 10), then the others as text. */
export function listRowKeys(facts: Facts, table: string): readonly string[] {
  const prefix = `${table}.`
  const rows = new Set<string>()
  for (const [key, value] of facts) {
    if (!key.startsWith(prefix) || isBlank(value)) continue
    const end = key.indexOf('.', prefix.length)
    if (end > prefix.length) rows.add(key.slice(prefix.length, end))
  }
  return [...rows].toSorted(inRowOrder)
}

function inRowOrder(a: string, b: string): number {
  const [x, y] = [rowNumber(a), rowNumber(b)]
  if (x !== y) return x < y ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

function rowNumber(row: string): number {
  return /^\d{1,15}$/.test(row) ? Number(row) : Number.POSITIVE_INFINITY
}

/** A number typed as number or as text such as `１２０` or `95%`; the percent mark counts as a unit of the row. */
export function toRational(value: unknown): Rational | null {
  if (typeof value === 'number') return fromNumber(value)
  if (typeof value !== 'string') return null
  const decimal = toDecimalText(value.trim().replace(/[%％]$/, ''))
  return decimal === null ? null : fromDecimal(decimal)
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
}

/** What the names of an indicator's formula stand for. */
export function formulaScope(template: Template, facts: Facts, indicator: Indicator): Scope {
  const fields = dataFieldIndex(template)
  const weight: Lookup<Rational> = { state: 'present', value: { n: BigInt(indicator.weight), d: 100n } }
  return {
    number: (key) => (key === 'weight' ? weight : findNumber(template, facts, { key, indicatorId: indicator.id })),
    text: (key) => {
      const field = fields.get(key)
      const value = field && facts.get(factKey(field, indicator.id))
      return isBlank(value) ? { state: 'missing', keys: [key] } : { state: 'present', value: String(value).trim() }
    },
    rows: (table, columns) => findRows(facts, table, columns),
  }
}

/** All rows or what keeps them from being read; a table without rows is missing as a whole. */
function findRows(facts: Facts, table: string, columns: readonly string[]): Lookup<readonly (readonly Rational[])[]> {
  const rows: Rational[][] = []
  const missing: string[] = []
  const invalid: string[] = []
  for (const row of listRowKeys(facts, table)) {
    const cells: Rational[] = []
    for (const column of columns) {
      const key = `${table}.${row}.${column}`
      const value = facts.get(key)
      const number = toRational(value)
      if (isBlank(value)) missing.push(key)
      else if (number === null || number.n < 0n) invalid.push(key)
      else cells.push(number)
    }
    rows.push(cells)
  }
  if (rows.length === 0) return { state: 'missing', keys: [table] }
  if (missing.length > 0) return { state: 'missing', keys: missing }
  if (invalid.length > 0) return { state: 'invalid', keys: invalid }
  return { state: 'present', value: rows }
}
