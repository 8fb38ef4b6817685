import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Block,
  type FieldRef,
  type Line,
  type ReportData,
  type Section,
  RULE_IDS,
  blockingFindings,
  checkReport,
  dataFieldIndex,
  factKey,
  finalGrade,
  indicatorIndex,
  leavesOf,
  listTemplates,
  scoreReport,
} from '../src/index.ts'
import { FIELD_CHAR } from '../src/narrative.ts'
import { aReport, fullMarks } from './builders.ts'

/** Pieces that make rules believe they have found something, in any order. */
const pieces = [
  FIELD_CHAR,
  '自评得',
  '总分',
  '90.8分',
  '１００',
  '%',
  '到位率',
  '¥',
  '1,0',
  '元',
  '万元',
  '共计',
  '17台',
  '15 个',
  '镇（场）',
  '单价',
  '《',
  '》',
  '〔2022〕',
  '[2022]',
  '4号',
  '2021年',
  '13月45日',
  '2021-99-99',
  '（4分，',
  '等级为',
  '“优”',
  '良好',
  '一般',
  '满意',
  '。',
  '，',
  '\n',
  '决策',
  '完整性',
  '存在问题',
  '绩效目标',
  '一、',
  '①',
  '$&',
  '\\',
  '(((',
  '\u0000',
  '😀',
  '\uD800',
  '9'.repeat(40),
  ' ',
]
const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 30 }),
)
const number = fc.oneof(
  fc.double(),
  fc.integer({ min: -1000, max: 10_000 }),
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    Number.MAX_SAFE_INTEGER,
  ),
)

function garbageFor(template: ReturnType<typeof listTemplates>[number]): fc.Arbitrary<ReportData> {
  const ids = [...indicatorIndex(template).keys(), '', 'no.such.indicator', '__proto__', 'constructor']
  const id = fc.constantFrom(...ids)
  const keys = [...dataFieldIndex(template).values()].flatMap((field) =>
    leavesOf(template)
      .slice(0, 3)
      .map((leaf) => factKey(field, leaf.id)),
  )
  const cells = ['item', 'unit', 'planned', 'actual'].flatMap((column) =>
    ['1', '2', '', '1.2'].map((row) => `outputs.${row}.${column}`),
  )
  const field: fc.Arbitrary<FieldRef> = fc.oneof(
    fc.record({
      kind: fc.constant('score' as const),
      indicatorId: fc.option(id),
      column: fc.constantFrom('self' as const, 'department' as const, 'finance' as const),
      form: fc.constantFrom('heading' as const, 'score' as const, 'grade' as const),
    }),
    fc.record({ kind: fc.constant('fact' as const), key: fc.oneof(fc.constantFrom(...keys), text) }),
  )
  const line: fc.Arbitrary<Line> = fc.record({ text, fields: fc.array(field, { maxLength: 3 }) })
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.tuple(text, line).map(([blockId, one]): Block => ({ type: 'paragraph', id: blockId, ...one })),
    fc.record({
      type: fc.constant('list' as const),
      id: text,
      ordered: fc.boolean(),
      items: fc.array(line, { maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('table' as const),
      id: text,
      rows: fc.array(fc.array(line, { maxLength: 2 }), { maxLength: 2 }),
    }),
  )
  const titles = template.sections.flatMap((section) => [section, ...section.children]).map((section) => section.title)
  const title = fc.oneof(
    line,
    fc.constantFrom(...titles).map((one): Line => ({ text: one, fields: [] })),
  )
  const { section } = fc.letrec<{ section: Section }>((tie) => ({
    section: fc.record({
      id: text,
      level: fc.integer(),
      title,
      indicatorId: fc.option(id),
      blocks: fc.array(block, { maxLength: 3 }),
      children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('section'), { maxLength: 3 })),
    }),
  }))
  const answer: fc.Arbitrary<Answer> = fc.record(
    {
      score: fc.option(number),
      reason: text,
      measure: text,
      opinion: text,
      band: fc.option(fc.oneof(text, fc.constantFrom('achieved', 'partial'))),
      invalid: fc.anything(),
    },
    { requiredKeys: ['score', 'reason', 'measure', 'opinion', 'band'] },
  )
  const answers = fc.array(fc.tuple(id, answer), { maxLength: 30 }).map((entries) => new Map(entries))
  const value = fc.oneof(number, text)
  return fc.record({
    cover: fc
      .array(fc.tuple(fc.constantFrom(...template.cover.map(({ key }) => key)), text), { maxLength: 8 })
      .map((entries) => new Map(entries)),
    facts: fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...keys, ...cells), text), value), { maxLength: 20 })
      .map((entries) => new Map(entries)),
    columns: fc.record({ self: answers, department: answers, finance: answers }),
    narrative: fc.record({ sections: fc.array(section, { maxLength: 6 }) }),
    evidence: fc
      .array(fc.tuple(id, fc.array(fc.record({ name: text }), { maxLength: 2 })), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  })
}

describe('whatever people write', () => {
  it.each(listTemplates())('[S26] $id is scored and checked without throwing', (template) => {
    fc.assert(
      fc.property(garbageFor(template), (data) => {
        const score = scoreReport(template, data)
        finalGrade(score)
        const findings = checkReport({ template, data, score, context: { today: '2022-01-01' } })
        blockingFindings(findings, 'submit')
        for (const { rule, message } of findings) {
          expect(RULE_IDS).toContain(rule)
          expect(message.zh.length * message.en.length).toBeGreaterThan(0)
        }
        for (const column of [score.self, score.department, score.finance]) {
          expect(column.byIndicator.size).toBe(indicatorIndex(template).size)
          expect(column.complete).toBe(column.total !== null)
          for (const one of column.byIndicator.values()) {
            expect(one.score === null || Number.isInteger(one.score)).toBe(true)
          }
        }
      }),
      { numRuns: 400 },
    )
  })

  const repeated = [
    '一',
    '1',
    '共计',
    '17台电脑，',
    '自评得3分',
    '《',
    '埔[2022]4号',
    ',',
    '到位率1%',
    '良好完成',
    '共计1元17台',
  ]
  it.each(repeated)('[S29] a very long text of “%s” is checked in time', (piece) => {
    const [template] = listTemplates()
    if (!template) throw new Error('no template')
    const blocks: readonly Block[] = [
      { type: 'paragraph', id: 'p', text: piece.repeat(200_000 / piece.length), fields: [] },
    ]
    const sections = ['服务对象满意度', '绩效自评结论', '存在问题', '绩效目标'].map((title, at): Section => ({
      id: `s${at}`,
      level: 1,
      title: { text: title, fields: [] },
      indicatorId: at === 0 ? 'gd.benefit.equity.satisfaction' : null,
      blocks,
      children: [],
    }))
    const data = { ...aReport({ self: fullMarks(template) }), narrative: { sections } }
    const start = process.threadCpuUsage()
    const findings = checkReport({ template, data, score: scoreReport(template, data) })
    const { user, system } = process.threadCpuUsage(start)
    expect((user + system) / 1000).toBeLessThan(3000)
    for (const rule of RULE_IDS)
      expect(findings.filter((finding) => finding.rule === rule).length).toBeLessThanOrEqual(200)
  })
})
