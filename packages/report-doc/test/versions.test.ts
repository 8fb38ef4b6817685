import { findTemplate } from '@gongping/scoring'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import {
  NoSuchSectionError,
  bySigns,
  compareChars,
  compareLines,
  createOwnership,
  diffWords,
  disableFormatCleanup,
  matchSequence,
  narrativeRoot,
  readLines,
  readNarrative,
  readSelf,
  restoreColumn,
  restoreNarrative,
  segmentWords,
  setScore,
  textChars,
  textOf,
} from '../src/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { editSomething } from './support/edits.ts'
import { person } from './support/people.ts'
import { Random } from './support/random.ts'
import { failuresOver, fuzzDocuments, work } from './support/session.ts'

const template = findTemplate('guangdong-2022')!
const line = (text: string) => ({ text, fields: [] })
const REPORT = {
  sections: [
    {
      id: 's1',
      level: 1,
      title: line('自评结论'),
      indicatorId: null,
      blocks: [
        { type: 'paragraph' as const, id: 's1.p1', ...line('该项目完成度良好。') },
        { type: 'paragraph' as const, id: 's1.p2', ...line('资金足额到位，设备及时验收。') },
      ],
      children: [],
    },
    {
      id: 's2',
      level: 1,
      title: line('存在问题'),
      indicatorId: null,
      blocks: [{ type: 'paragraph' as const, id: 's2.p1', ...line('目标设置过于简单。') }],
      children: [],
    },
  ],
}

/** A report that three people write one after the other; every row is kept as the server's log keeps it. */
function written() {
  const seed = seedReport({ template, data: { narrative: REPORT } })
  const rows: { userId: string; bytes: Uint8Array }[] = [{ userId: 'maker', bytes: seed.narrative }]
  const doc = new Y.Doc()
  disableFormatCleanup(doc)
  Y.applyUpdate(doc, seed.narrative)
  return {
    doc,
    seed,
    rows,
    as(userId: string, change: (body: Y.XmlElement, doc: Y.Doc) => void) {
      const own = new Y.Doc()
      disableFormatCleanup(own)
      Y.applyUpdate(own, Y.encodeStateAsUpdate(doc))
      own.on('update', (bytes: Uint8Array) => {
        rows.push({ userId, bytes })
        Y.applyUpdate(doc, bytes)
      })
      own.transact(() => change(narrativeRoot(own)!, own))
    },
    state: () => Y.encodeStateAsUpdate(doc),
  }
}

const opened = (state: Uint8Array) => {
  const doc = new Y.Doc()
  disableFormatCleanup(doc)
  Y.applyUpdate(doc, state)
  return doc
}
const lines = (state: Uint8Array) => readLines(opened(state), () => '·')
const textAt = (body: Y.XmlElement, block: number) => (body.get(block) as Y.XmlElement).get(0) as Y.XmlText
const owned = (rows: readonly { userId: string; bytes: Uint8Array }[]) =>
  createOwnership({ rows, owners: new Map(), seededBy: 'maker' })

describe('word by word', () => {
  test('[V1] the pieces of a difference put together give both texts back', () => {
    const random = new Random(7)
    const alphabet = ['完成', '度', '良好', '优秀', '，', 'A', '1', ' ', '𠮷', '\n']
    for (let round = 0; round < 2000; round++) {
      const text = () => Array.from({ length: random.below(14) }, () => random.pick(alphabet)).join('')
      const [before, after] = [text(), text()]
      const changes = diffWords(before, after)
      const join = (not: string) =>
        changes
          .filter(({ op }) => op !== not)
          .map((change) => change.text)
          .join('')
      expect(join('insert')).toBe(before)
      expect(join('delete')).toBe(after)
    }
  })

  test('[V1] Chinese is cut at words, with and without a dictionary, and nothing is lost', () => {
    expect(diffWords('该项目完成度良好。', '该项目完成度优秀，等级为优。')).toEqual([
      { op: 'equal', text: '该项目完成度' },
      { op: 'delete', text: '良好' },
      { op: 'insert', text: '优秀，等级为优' },
      { op: 'equal', text: '。' },
    ])
    const text = '自评90.8分，ABC def\n\u{20BB7}'
    for (const cut of [segmentWords, bySigns]) expect(cut(text).join('')).toBe(text)
    expect(bySigns(text)).toContain('90.8')
  })

  test('[V1] two long texts without anything in common are told apart at once', () => {
    const start = performance.now()
    const a = Array.from({ length: 20_000 }, (_, index) => `a${index}`)
    expect(
      matchSequence(
        a,
        a.map((value) => `b${value}`),
      ),
    ).toEqual([])
    expect(matchSequence([...a, 'x'], ['x', ...a]).reduce((sum, { length }) => sum + length, 0)).toBe(20_000)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('who wrote what', () => {
  test('[V2] every inserted and deleted run has the user of the row it came with', () => {
    const report = written()
    const before = report.state()
    const from = report.rows.length
    report.as('filler', (body) => {
      const text = textAt(body, 1)
      text.delete(6, 2)
      text.insert(6, '优秀')
    })
    report.as('head', (body) => textAt(body, 4).insert(8, '，时效指标未设定日期'))
    report.as('finance', (body) => textAt(body, 2).delete(0, 7))
    const compared = compareLines(lines(before), lines(report.state()), owned(report.rows.slice(from)))
    const changes = compared.flatMap(({ runs }) => runs).filter(({ op }) => op !== 'equal')
    expect(changes).toEqual([
      { op: 'delete', text: '良好', by: 'filler' },
      { op: 'insert', text: '优秀', by: 'filler' },
      { op: 'delete', text: '资金足额到位，', by: 'finance' },
      { op: 'insert', text: '，时效指标未设定日期', by: 'head' },
    ])
  })

  test('[V2] merged rows of one user, rows twice and damaged rows change nothing but their own part', () => {
    const report = written()
    const before = report.state()
    report.as('filler', (body) => textAt(body, 1).insert(0, '甲'))
    report.as('filler', (body) => textAt(body, 1).insert(1, '乙'))
    report.as('head', (body) => textAt(body, 1).delete(0, 1))
    const [, one, two, three] = report.rows as [unknown, ...(typeof report.rows)[number][]]
    const merged = [
      { userId: 'filler', bytes: Y.mergeUpdates([one!.bytes, two!.bytes]) },
      three!,
      { userId: 'nobody', bytes: three!.bytes },
      { userId: 'nobody', bytes: Uint8Array.of(1, 2, 3) },
    ]
    const compared = compareLines(lines(before), lines(report.state()), owned(merged))
    expect(compared.flatMap(({ runs }) => runs).filter(({ op }) => op !== 'equal')).toEqual([
      { op: 'insert', text: '乙', by: 'filler' },
    ])
  })

  test('[V3] a word that was there stays the same word, even if somebody writes it again beside it', () => {
    const report = written()
    const before = report.state()
    report.as('head', (body) => textAt(body, 1).insert(0, '该项目'))
    const compared = compareLines(lines(before), lines(report.state()), owned(report.rows))
    expect(compared[1]?.runs[0]).toEqual({ op: 'insert', text: '该项目', by: 'head' })
    const chars = textChars(textAt(narrativeRoot(report.doc)!, 1))
    expect(compareChars(chars, chars, owned([]))).toEqual([{ op: 'equal', text: chars.text, by: null }])
  })
})

describe('restoring', () => {
  test('[V4] only what differs is written: positions elsewhere and concurrent typing survive', () => {
    const report = written()
    const version = report.state()
    report.as('filler', (body) => {
      const text = textAt(body, 1)
      text.insert(6, '十分')
      body.delete(4, 1)
    })
    const body = narrativeRoot(report.doc)!
    const anchor = (block: number, offset: number) => Y.createRelativePositionFromTypeIndex(textAt(body, block), offset)
    const inChanged = anchor(1, 9)
    const inOther = anchor(2, 4)
    const update = restoreNarrative(report.state(), version, { kind: 'all' })!
    // Meanwhile somebody types in the very paragraph.
    report.as('head', (root) => textAt(root, 1).insert(3, '（二期）'))
    Y.applyUpdate(report.doc, update)
    expect(body.toArray().map((_, at) => textAt(body, at).toString())).toEqual([
      '自评结论',
      '该项目（二期）完成度良好。',
      '资金足额到位，设备及时验收。',
      '存在问题',
      '目标设置过于简单。',
    ])
    const offset = (position: Y.RelativePosition) =>
      Y.createAbsolutePositionFromRelativePosition(position, report.doc)?.index
    expect(offset(inChanged)).toBe(11)
    expect(offset(inOther)).toBe(4)
  })

  test('[V4] restoring what is already so writes nothing', () => {
    const report = written()
    expect(restoreNarrative(report.state(), report.state(), { kind: 'all' })).toBeNull()
    expect(restoreColumn(report.seed.self, report.seed.self, { part: 'self', scope: { kind: 'all' } })).toBeNull()
  })

  test('[V5] one section alone, also when it was moved or is gone; an unknown one is refused', () => {
    const report = written()
    const version = report.state()
    report.as('filler', (body) => {
      textAt(body, 1).insert(0, '甲')
      textAt(body, 4).insert(0, '乙')
    })
    const both = report.state()
    Y.applyUpdate(report.doc, restoreNarrative(both, version, { kind: 'section', sectionId: 's2' })!)
    const texts = () => readLines(report.doc, () => '').map(({ chars }) => chars.text)
    expect(texts()).toEqual([
      '自评结论',
      '甲该项目完成度良好。',
      '资金足额到位，设备及时验收。',
      '存在问题',
      '目标设置过于简单。',
    ])
    report.as('filler', (body) => body.delete(0, 3))
    Y.applyUpdate(report.doc, restoreNarrative(report.state(), version, { kind: 'section', sectionId: 's1' })!)
    expect(texts()).toEqual([
      '自评结论',
      '该项目完成度良好。',
      '资金足额到位，设备及时验收。',
      '存在问题',
      '目标设置过于简单。',
    ])
    expect(() => restoreNarrative(version, version, { kind: 'section', sectionId: 's9' })).toThrow(NoSuchSectionError)
  })

  test('[V5] one score alone, with its words; a shared text that is newer is emptied, not taken away', () => {
    const id = 'gd.decision.setup.justification'
    const { self } = seedReport({ template })
    const doc = opened(self)
    setScore({ doc, origin: null, part: 'self', indicatorId: id, score: 300 })
    textOf(doc, 'self', `${id}.reason`)?.insert(0, '原因')
    textOf(doc, 'self', `${id}.evidence`)?.insert(0, '验收单')
    doc.getMap('self').set('later.reason', new Y.Text('新增'))
    doc.getMap('cover').set('fillerName', '经办人')
    const now = Y.encodeStateAsUpdate(doc)
    const score = restoreColumn(now, self, { part: 'self', scope: { kind: 'score', indicatorId: id } })!
    const one = opened(now)
    Y.applyUpdate(one, score)
    expect(readSelf(one).answers.has(id)).toBe(false)
    expect(textOf(one, 'self', `${id}.evidence`)?.toJSON()).toBe('验收单')
    const all = opened(now)
    Y.applyUpdate(all, restoreColumn(now, self, { part: 'self', scope: { kind: 'all' } })!)
    expect(readSelf(all)).toEqual(readSelf(opened(self)))
    expect(textOf(all, 'self', 'later.reason')?.length).toBe(0)
  })

  test('[V6] after any history of three people a restore gives the version exactly, in document and editor', () => {
    const failures = failuresOver({
      documents: fuzzDocuments(60),
      firstSeed: 9100,
      check: (seed) => {
        const room = work({ seed, steps: 40, switching: 0.05, edit: editSomething })
        const version = Y.encodeStateAsUpdate(room.server)
        const random = new Random(seed)
        for (let step = random.below(60); step >= 0; step--) {
          const one = random.pick(room.people)
          editSomething(random, one)
          if (random.chance(0.3)) room.settle()
        }
        room.settle()
        const now = Y.encodeStateAsUpdate(room.server)
        const update = restoreNarrative(now, version, { kind: 'all' })
        if (update) {
          Y.applyUpdate(room.server, update)
          for (const { inbox } of room.people) inbox.push(update)
        }
        room.settle()
        expect(readNarrative(room.server)).toEqual(readNarrative(opened(version)))
        expect(editorJson(Y.encodeStateAsUpdate(room.server))).toEqual(editorJson(version))
        for (const { doc, problems } of room.people) {
          expect(problems).toEqual([])
          expect(readNarrative(doc)).toEqual(readNarrative(room.server))
        }
        const compared = compareLines(lines(version), lines(now), owned([]))
        const side = (not: string) =>
          compared
            .filter(({ op }) => op !== not)
            .map(({ runs }) =>
              runs
                .filter(({ op }) => op !== not)
                .map(({ text }) => text)
                .join(''),
            )
        expect(side('insert')).toEqual(lines(version).map(({ chars }) => chars.text))
        expect(side('delete')).toEqual(lines(now).map(({ chars }) => chars.text))
        room.close()
      },
    })
    expect(failures).toEqual([])
  })
})

/** What an editor shows that opens the text afresh. */
function editorJson(state: Uint8Array): unknown {
  const { editor, collaboration, problems } = person('newcomer', state)
  expect(problems).toEqual([])
  const json = editor.getEditorState().toJSON()
  collaboration.destroy()
  return json
}
