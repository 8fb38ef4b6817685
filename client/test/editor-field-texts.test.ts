import { findTemplate, scoreReport, type ReportData, type ScoreFieldRef } from '@gongping/scoring'
import { expect, test } from 'vitest'
import { countCharacters } from '../src/editor/count-characters.ts'
import { paintField } from '../src/editor/field-texts.ts'
import { editorWords } from '../src/editor/words.ts'

const template = findTemplate('guangdong-2022')!
const LEAF = 'gd.decision.setup.justification'

function shown(ref: Partial<ScoreFieldRef>, score: number | null) {
  const answer = { score, reason: '', measure: '', opinion: '', band: null }
  const data: ReportData = {
    cover: new Map(),
    facts: new Map(),
    columns: { self: new Map([[LEAF, answer]]), department: new Map(), finance: new Map() },
    narrative: { sections: [] },
    evidence: new Map(),
  }
  const field: ScoreFieldRef = { kind: 'score', indicatorId: LEAF, column: 'self', form: 'heading', ...ref }
  const painted = paintField(field, { template, data, score: scoreReport(template, data), words: editorWords.zh })
  return { text: painted.text + (painted.tail ?? ''), state: painted.state }
}

test('a heading shows the score of its indicator and the weight', () => {
  expect(shown({}, 300)).toEqual({ text: '自评 3 / 4 分', state: 'set' })
  expect(shown({ column: 'department' }, 300)).toEqual({ text: '部门 — / 4 分', state: 'missing' })
})

test('a missing score is a dash, never a zero', () => {
  expect(shown({}, null)).toEqual({ text: '自评 — / 4 分', state: 'missing' })
  expect(shown({}, 0)).toEqual({ text: '自评 0 / 4 分', state: 'set' })
  expect(shown({ indicatorId: 'gd.decision' }, 300)).toEqual({ text: '— / 20 分', state: 'missing' })
  expect(shown({ indicatorId: null }, 300)).toEqual({ text: '— / 100 分', state: 'missing' })
})

test('an indicator the template does not have is shown as missing', () => {
  expect(shown({ indicatorId: 'gone' }, 300)).toEqual({ text: '—', state: 'missing' })
})

test('in a sentence the bare points stand', () => {
  expect(shown({ form: 'score' }, 170)).toEqual({ text: '1.7', state: 'set' })
  expect(shown({ form: 'grade', indicatorId: null }, 170)).toEqual({ text: '—', state: 'missing' })
})

test('characters are counted without blanks and fields, those outside the BMP once', () => {
  const line = (text: string) => ({ text, fields: [] })
  const section = { id: 's1', level: 1, indicatorId: null, children: [] }
  const blocks = [
    { type: 'paragraph' as const, id: 's1.p1', ...line('得\uFFFC 分𠮷') },
    { type: 'table' as const, id: 's1.p2', rows: [[line('一'), line('二')]] },
  ]
  expect(countCharacters({ sections: [{ ...section, title: line('标题'), blocks }] })).toBe(7)
})
