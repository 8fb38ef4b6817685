import {
  type Block,
  FIELD_CHAR,
  type Indicator,
  type Line,
  type Narrative,
  type Section,
  findTemplate,
} from '@gongping/scoring'
import { sampleReport } from '@gongping/scoring/sample'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readNarrative, readReport, textKeys, textOf } from '../src/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { open } from './support/open.ts'

const template = findTemplate('guangdong-2022')!

describe('seeding', () => {
  test('[D1] the sample report comes back as it was', () => {
    const data = sampleReport()
    expect(readReport(open(seedReport({ template, data })))).toEqual(data)
  })

  test('[D1] answers, evidence and the opinion on the whole report come back as they were', () => {
    const answer = { score: null, reason: '', measure: '', opinion: '', band: null }
    const data = {
      ...sampleReport(),
      columns: {
        self: new Map([
          ['gd.decision', { ...answer, score: 1820, reason: '调研不足', measure: '补充\n论证', band: 'good' }],
          ['gd.output', { ...answer, invalid: '八分' }],
        ]),
        department: new Map([
          ['gd.decision', { ...answer, score: 1800, opinion: '同意' }],
          ['overall', { ...answer, opinion: '总体较好' }],
        ]),
        finance: new Map([['gd.decision', { ...answer, score: 0 }]]),
      },
      evidence: new Map([['gd.decision', [{ name: '批复.pdf' }, { name: '会议纪要' }]]]),
      facts: new Map<string, number | string>([
        ['budgetAmount', 24937900],
        ['outputs.1.name', '高拍仪'],
      ]),
    }
    expect(readReport(open(seedReport({ template, data })))).toEqual(data)
  })

  test('[D1] any narrative comes back as it was', () => {
    fc.assert(
      fc.property(narrative, (given) => {
        expect(readNarrative(open(seedReport({ template, data: { narrative: given } })).narrative)).toEqual(given)
      }),
      { numRuns: 80 },
    )
  })

  test('[D6] a fresh report has a heading with its score for each indicator and room to write', () => {
    const { sections } = readNarrative(open(seedReport({ template })).narrative)
    const all = sections.flatMap(withChildren)
    const headings = all.filter((section) => section.indicatorId !== null)
    expect(headings.map((section) => section.indicatorId)).toEqual(template.indicators.flatMap(idsOf))
    for (const { title, indicatorId } of headings) {
      expect(title.text.endsWith(FIELD_CHAR)).toBe(true)
      expect(title.fields).toEqual([{ kind: 'score', indicatorId, column: 'self', form: 'heading' }])
    }
    for (const { children, blocks } of all) expect(blocks.length).toBe(children.length === 0 ? 1 : 0)
    expect(Math.max(...all.map(({ level }) => level))).toBe(5)
  })

  test('[D7] every shared text of every indicator is there from the beginning', () => {
    const docs = open(seedReport({ template }))
    for (const part of ['self', 'department', 'finance'] as const) {
      for (const id of template.indicators.flatMap(idsOf)) {
        for (const key of textKeys(part, id))
          expect(textOf(docs[part], part, key), `${part} ${key}`).toBeInstanceOf(Y.Text)
      }
    }
    expect(textOf(docs.finance, 'finance', 'overall.opinion')).toBeInstanceOf(Y.Text)
  })
})

const idsOf = ({ id, children }: Indicator): string[] => [id, ...children.flatMap(idsOf)]
const withChildren = (section: Section): Section[] => [section, ...section.children.flatMap(withChildren)]

const field = fc.oneof(
  fc.record({
    kind: fc.constant('score' as const),
    indicatorId: fc.constantFrom(null, 'gd.decision', 'gd.output'),
    column: fc.constantFrom('self' as const, 'department' as const, 'finance' as const),
    form: fc.constantFrom('heading' as const, 'score' as const, 'grade' as const),
  }),
  fc.record({ kind: fc.constant('fact' as const), key: fc.constantFrom('budgetAmount', 'outputs.1.planned') }),
)
const words = fc.string({ unit: fc.constantFrom('绩', 'a', ' ', '\t', '\n', '😀', '＜', '&', '<b>'), maxLength: 12 })
const line: fc.Arbitrary<Line> = fc
  .tuple(words, fc.array(fc.tuple(field, words), { maxLength: 3 }))
  .map(([start, rest]) => ({
    text: start + rest.map(([, text]) => FIELD_CHAR + text).join(''),
    fields: rest.map(([one]) => one),
  }))
const table = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(line, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
  )
type Unplaced<T> = T extends unknown ? Omit<T, 'id'> : never
const block: fc.Arbitrary<Unplaced<Block>> = fc.oneof(
  line.map((one) => ({ type: 'paragraph' as const, ...one })),
  fc.record({
    type: fc.constant('list' as const),
    ordered: fc.boolean(),
    items: fc.array(line, { minLength: 1, maxLength: 4 }),
  }),
  table.map((rows) => ({ type: 'table' as const, rows })),
)

/** Lexical makes one list of two of the same kind side by side. */
const blocks = fc
  .array(block, { maxLength: 3 })
  .map((all) => all.filter((one, index) => !(one.type === 'list' && isListOf(one.ordered, all[index - 1]))))
const isListOf = (ordered: boolean, before: Unplaced<Block> | undefined) =>
  before?.type === 'list' && before.ordered === ordered

/** Ids follow from the position, so a section is built once its place is known. */
type BuildSection = (id: string) => Section

function sectionOf(level: number): fc.Arbitrary<BuildSection> {
  const children: fc.Arbitrary<BuildSection[]> =
    level === 5
      ? fc.constant([])
      : // All on one level: a deeper sibling before a higher one would be its child.
        fc.integer({ min: level + 1, max: 5 }).chain((below) => fc.array(sectionOf(below), { maxLength: 2 }))
  const indicatorId = fc.constantFrom(null, 'gd.decision')
  return fc.record({ title: line, indicatorId, blocks, children }).map((given) => (id) => ({
    ...given,
    id,
    level,
    blocks: given.blocks.map((one, index) => ({ ...one, id: `${id}.p${index + 1}` }) as Block),
    children: given.children.map((build, index) => build(`${id}.${index + 1}`)),
  }))
}

const narrative: fc.Arbitrary<Narrative> = fc
  .array(sectionOf(1), { maxLength: 3 })
  .map((sections) => ({ sections: sections.map((build, index) => build(`s${index + 1}`)) }))
