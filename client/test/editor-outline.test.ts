import { findTemplate, scoreReport, type Narrative, type ReportData, type Section } from '@gongping/scoring'
import { expect, test } from 'vitest'
import { buildOutline, countDone, visibleEntries } from '../src/editor/outline-model.ts'

const line = (text: string) => ({ text, fields: [] })
const paragraph = (id: string, text: string) => ({ type: 'paragraph' as const, id, ...line(text) })
const aSection = (given: Partial<Section> & Pick<Section, 'id' | 'level'>): Section => ({
  title: line('标题'),
  indicatorId: null,
  blocks: [],
  children: [],
  ...given,
})
const template = findTemplate('guangdong-2022')!
const LEAF = 'gd.decision.setup.justification'

function outlineOf(sections: readonly Section[], given: Partial<Parameters<typeof buildOutline>[0]> = {}) {
  const narrative: Narrative = { sections }
  const answer = { score: 300, reason: '', measure: '', opinion: '', band: null }
  const columns: ReportData['columns'] = { self: new Map([[LEAF, answer]]), department: new Map(), finance: new Map() }
  return buildOutline({
    narrative,
    score: scoreReport(template, { facts: new Map(), columns }),
    findings: [],
    coverDone: true,
    ...given,
  })
}

test('a heading is done once text stands under it, or under each of its subsections', () => {
  const entries = outlineOf([
    aSection({ id: 's1', level: 1, blocks: [paragraph('s1.p1', '有文字')] }),
    aSection({ id: 's2', level: 1, blocks: [paragraph('s2.p1', '  ')] }),
    aSection({
      id: 's3',
      level: 1,
      children: [
        aSection({ id: 's3.1', level: 2, blocks: [paragraph('s3.1.p1', '有文字')] }),
        aSection({ id: 's3.2', level: 2 }),
      ],
    }),
  ])
  expect(entries.map(({ mark }) => mark.kind)).toEqual(['done', 'done', 'empty', 'empty', 'done', 'empty'])
  expect(countDone(entries)).toEqual({ done: 3, of: 6 })
})

test('a heading about an indicator shows its score, the heading above how many are answered', () => {
  const entries = outlineOf([
    aSection({
      id: 's1',
      level: 1,
      children: [
        aSection({ id: 's1.1', level: 2, indicatorId: LEAF }),
        aSection({ id: 's1.2', level: 2, indicatorId: 'gd.decision.setup.goal' }),
      ],
    }),
  ])
  expect(entries[1]!.mark).toEqual({ kind: 'count', answered: 1, of: 2 })
  expect(entries[2]!.mark).toEqual({ kind: 'score', score: 300, weight: 400, findings: 0 })
  expect(entries[3]!.mark).toMatchObject({ kind: 'score', score: null })
})

test('findings show at the section they are about, hints do not', () => {
  const finding = { rule: 'X', message: { zh: '', en: '' }, where: { paragraphId: 's1.p1' } }
  const sections = [aSection({ id: 's1', level: 1, blocks: [paragraph('s1.p1', '有文字')] })]
  const marks = (severity: 'error' | 'warning' | 'info') =>
    outlineOf(sections, { findings: [{ ...finding, severity }] })[1]!.mark
  expect(marks('error')).toEqual({ kind: 'findings', count: 1, severe: true })
  expect(marks('warning')).toEqual({ kind: 'findings', count: 1, severe: false })
  expect(marks('info')).toEqual({ kind: 'done' })
})

test('deep headings are listed only in the branch being read', () => {
  const deep = (id: string) => aSection({ id, level: 2, children: [aSection({ id: `${id}.1`, level: 3 })] })
  const entries = outlineOf([aSection({ id: 's1', level: 1, children: [deep('s1.1'), deep('s1.2')] })])
  const ids = (current: string | null) => visibleEntries(entries, current).map(({ id }) => id)
  expect(ids(null)).toEqual(['cover', 's1', 's1.1', 's1.2'])
  expect(ids('s1.2')).toEqual(['cover', 's1', 's1.1', 's1.2', 's1.2.1'])
  expect(ids('s1.1.1')).toEqual(['cover', 's1', 's1.1', 's1.1.1', 's1.2'])
})
