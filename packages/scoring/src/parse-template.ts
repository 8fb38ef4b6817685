import type {
  CoverField,
  DataField,
  Hundredths,
  Indicator,
  NumericBand,
  Policies,
  QualitativeBand,
  ScoringMethod,
  Template,
  TemplateSection,
} from './template.ts'
import { compileExpression } from './expression.ts'

/** A template's data is broken; the message says where. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

/**
 * Reads a template's data file. Points become integer hundredths, the flat list of indicators a tree.
 * Weights that do not add up are left to the rules SUM-04 and SUM-05.
 * @throws TemplateError with the path of the first thing that is wrong.
 */
export function parseTemplate(data: unknown): Template {
  const root = new Reader(data, 'template')
  const id = root.text('id')
  const dataFields = root.list('dataFields').map(parseDataField)
  const template: Template = {
    id,
    version: 1,
    name: root.text('name'),
    totalWeight: root.points('totalWeight'),
    step: root.child('score').points('step'),
    grades: root.list('grades').map((grade) => ({ name: grade.text('name'), min: grade.points('min') })),
    dataFields,
    cover: root.list('cover').map(parseCoverField),
    sections: root.list('sections').map(parseSection),
    indicators: parseIndicators(root.list('indicators'), new Set(dataFields.map((field) => field.key))),
    policies: parsePolicies(root.child('policies')),
  }
  if (template.step <= 0) root.fail('score.step must be more than 0')
  if (template.grades.length === 0) root.fail('grades must not be empty')
  template.grades.forEach((grade, at) => {
    const before = template.grades[at - 1]
    if (before && before.min <= grade.min) root.fail('grades must be sorted from the best to the worst')
  })
  return template
}

function parseDataField(field: Reader): DataField {
  return {
    key: field.text('key'),
    label: field.text('label'),
    type: field.oneOf('type', ['integer', 'number', 'ratio', 'money', 'table', 'enum', 'numberOrText', 'text']),
    unit: field.optionalText('unit'),
    required: field.flag('required'),
    defaultValue: field.optionalNumber('default'),
    from: field.optionalText('from'),
    perRow: field.flag('perRow'),
    values: field.texts('values'),
    columns: field.list('columns').map((column) => ({
      key: column.text('key'),
      label: column.text('label'),
      type: column.oneOf('type', ['text', 'number', 'money']),
    })),
    rows: field.list('rows').map((row) => ({ key: row.text('key'), label: row.text('label') })),
  }
}

function parseCoverField(field: Reader): CoverField {
  return {
    key: field.text('key'),
    label: field.text('label'),
    type: field.oneOf('type', ['text', 'org', 'integer', 'personName', 'phone', 'date']),
    required: field.flag('required'),
    personal: field.flag('personal'),
    seal: field.flag('seal'),
    fixed: field.optionalText('fixed'),
  }
}

function parseSection(section: Reader): TemplateSection {
  const purpose = section.optionalText('purpose')
  return {
    id: section.text('id'),
    title: section.text('title'),
    kind: section.text('kind'),
    required: section.flag('required'),
    guidance: section.optionalText('guidance') ?? '',
    purpose:
      purpose === null ? null : section.oneOf('purpose', ['goals', 'conclusion', 'achievements', 'problems', 'plan']),
    indicatorId: section.optionalText('indicator'),
    children: section.list('children').map(parseSection),
  }
}

function parsePolicies(policies: Reader): Policies {
  const over = policies.child('overAchievement')
  const caps = policies.child('executionRateCaps')
  const rate = policies.child('executionRate')
  return {
    overAchievement: {
      action: over.oneOf('action', ['none', 'explain', 'deductFixed', 'deductByDeviation']),
      threshold: over.number('threshold'),
      deduct: over.points('deductPoints'),
    },
    executionRate: { spent: rate.text('spent'), of: rate.text('of') },
    notMoreThan: policies.pairs('notMoreThan'),
    executionRateCaps: caps.flag('enabled')
      ? caps.list('caps').map((cap) => ({ rateBelow: cap.number('rateBelow'), maxTotal: cap.points('maxTotal') }))
      : [],
    reviewDeviationWarnRatio: policies.child('reviewDeviationWarn').number('ratio'),
    blindPhase: policies.flag('blindPhase'),
  }
}

function parseIndicators(rows: readonly Reader[], fieldKeys: ReadonlySet<string>): readonly Indicator[] {
  const byParent = new Map<string | null, Reader[]>()
  const ids = new Set<string>()
  for (const row of rows) {
    const id = row.text('id')
    if (ids.has(id)) row.fail(`id ${id} is used twice`)
    const parent = row.optionalText('parent')
    if (parent !== null && !ids.has(parent)) row.fail(`parent ${parent} must stand before ${id}`)
    ids.add(id)
    byParent.set(parent, [...(byParent.get(parent) ?? []), row])
  }
  const build = (row: Reader, parentId: string | null, level: number): Indicator => {
    const id = row.text('id')
    const children = (byParent.get(id) ?? []).map((child) => build(child, id, level + 1))
    const method = parseMethod(row.child('scoringMethod'), fieldKeys)
    if ((method.type === 'sum') !== children.length > 0) row.fail(`${id}: only a parent is scored as a sum`)
    return {
      id,
      code: row.text('code'),
      name: row.text('name'),
      level,
      weight: row.points('weight'),
      parentId,
      children,
      method,
      allowScoreAtThisLevel: row.flag('allowScoreAtThisLevel'),
      reasonRequiredBelowWeight: row.flag('reasonRequiredBelowWeight'),
      guidance: row.text('guidance'),
      evidence: row.texts('evidence'),
    }
  }
  return (byParent.get(null) ?? []).map((row) => build(row, null, 1))
}

function parseMethod(method: Reader, fieldKeys: ReadonlySet<string>): ScoringMethod {
  const type = method.oneOf('type', ['sum', 'manual', 'formula', 'bands'])
  const knownField = (key: string): string => {
    if (!fieldKeys.has(key)) method.fail(`${key} is no data field`)
    return key
  }
  switch (type) {
    case 'sum':
    case 'manual':
      return { type }
    case 'formula': {
      const expression = method.text('expression')
      const inputs = method.texts('inputs').map(knownField)
      const compiled = compileExpression(expression)
      if (!compiled.ok) return method.fail(`expression: ${compiled.message}`)
      const unknown = compiled.names.find((name) => name !== 'weight' && !inputs.includes(name))
      if (unknown !== undefined) method.fail(`expression uses ${unknown}, which is not among the inputs`)
      return { type, expression, inputs, allowOverride: method.flag('allowOverride') }
    }
    case 'bands':
      return method.oneOf('mode', ['numeric', 'qualitative']) === 'numeric'
        ? {
            type: 'numericBands',
            input: knownField(method.text('input')),
            bands: method.list('bands').map(parseNumericBand),
            allowOverride: method.flag('allowOverride'),
          }
        : { type: 'qualitativeBands', bands: method.list('bands').map(parseQualitativeBand) }
  }
}

function parseNumericBand(band: Reader): NumericBand {
  return {
    ...parseBandEnds(band),
    min: band.optionalNumber('min'),
    max: band.optionalNumber('max'),
    ratio: band.number('ratio'),
  }
}

function parseQualitativeBand(band: Reader): QualitativeBand {
  return { ...parseBandEnds(band), minRatio: band.number('minRatio'), maxRatio: band.number('maxRatio') }
}

function parseBandEnds(band: Reader): Pick<NumericBand, 'key' | 'label' | 'minInclusive' | 'maxInclusive'> {
  return {
    key: band.text('key'),
    label: band.text('label'),
    minInclusive: band.flag('minInclusive'),
    maxInclusive: band.flag('maxInclusive'),
  }
}

/** Reads one object of the data and knows its path for the error. */
class Reader {
  readonly #data: Readonly<Record<string, unknown>>
  readonly #path: string

  constructor(data: unknown, path: string) {
    this.#path = path
    if (typeof data !== 'object' || data === null || Array.isArray(data)) this.fail('must be an object')
    this.#data = data as Readonly<Record<string, unknown>>
  }

  fail(message: string): never {
    throw new TemplateError(`${this.#path}: ${message}`)
  }

  text(key: string): string {
    const value = this.#data[key]
    return typeof value === 'string' && value !== '' ? value : this.fail(`${key} must be a text`)
  }

  optionalText(key: string): string | null {
    return this.#data[key] === undefined || this.#data[key] === null ? null : this.text(key)
  }

  number(key: string): number {
    const value = this.#data[key]
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(`${key} must be a number`)
  }

  optionalNumber(key: string): number | null {
    return this.#data[key] === undefined || this.#data[key] === null ? null : this.number(key)
  }

  /** A number of points with at most two decimals, as hundredths. */
  points(key: string): Hundredths {
    const hundredths = this.number(key) * 100
    const rounded = Math.round(hundredths)
    if (Math.abs(hundredths - rounded) > 1e-6 || rounded < 0)
      this.fail(`${key} must be points with two decimals at most`)
    return rounded
  }

  /** False when absent. */
  flag(key: string): boolean {
    const value = this.#data[key] ?? false
    return typeof value === 'boolean' ? value : this.fail(`${key} must be true or false`)
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.text(key)
    return allowed.find((one) => one === value) ?? this.fail(`${key} must be one of ${allowed.join(', ')}`)
  }

  child(key: string): Reader {
    return new Reader(this.#data[key], `${this.#path}.${key}`)
  }

  list(key: string): readonly Reader[] {
    return this.#array(key).map((item, at) => new Reader(item, `${this.#path}.${key}[${at}]`))
  }

  texts(key: string): readonly string[] {
    return this.#array(key).map((item) => (typeof item === 'string' ? item : this.fail(`${key} must hold texts`)))
  }

  pairs(key: string): readonly (readonly [string, string])[] {
    return this.#array(key).map((item) => {
      if (!Array.isArray(item) || item.length !== 2) return this.fail(`${key} must hold pairs of texts`)
      const [first, second]: readonly unknown[] = item
      if (typeof first !== 'string' || typeof second !== 'string') return this.fail(`${key} must hold pairs of texts`)
      return [first, second] as const
    })
  }

  /** Empty when absent. */
  #array(key: string): readonly unknown[] {
    const value = this.#data[key] ?? []
    return Array.isArray(value) ? value : this.fail(`${key} must be a list`)
  }
}
