import { findTemplate } from '@gongping/scoring'
import { sampleReport } from '@gongping/scoring/sample'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import {
  createNarrativeReader,
  disableFormatCleanup,
  readNarrative,
  readReport,
  readSelf,
  setBand,
  setCover,
  setFact,
  setScore,
  textOf,
} from '../src/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { open } from './support/open.ts'
import { Random } from './support/random.ts'

const template = findTemplate('guangdong-2022')!

describe('reading what others wrote', () => {
  test('[D2] whatever is in the documents, reading gives plain data', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed)
      const docs = open(seedReport({ template }))
      for (const doc of Object.values(docs)) for (let count = 0; count < 12; count++) scribble(random, doc)
      const data = readReport(docs)
      expect(() => structuredClone(data), `seed ${seed}`).not.toThrow()
      expect(JSON.stringify(data, plain).includes('\\u0000'), `seed ${seed}`).toBe(false)
    }
  })

  test('[D2] missing roots and very deep nesting are no trouble', () => {
    const empty = { narrative: new Y.Doc(), self: new Y.Doc(), department: new Y.Doc(), finance: new Y.Doc() }
    expect(readReport(empty).narrative).toEqual({ sections: [] })
    let inner = new Y.XmlElement('paragraph')
    empty.narrative.get('body', Y.XmlElement).insert(0, [inner])
    for (let depth = 0; depth < 3000; depth++) {
      const next = new Y.XmlElement(depth % 2 ? 'list' : 'listitem')
      inner.insert(0, [next])
      inner = next
    }
    inner.insert(0, [new Y.XmlText('deep')])
    expect(() => readReport(empty)).not.toThrow()
  })

  test('[D2] a name like __proto__ is a name like any other', () => {
    const doc = new Y.Doc()
    for (const key of ['__proto__.score', 'constructor.reason', '__proto__', '.score', 'score'])
      doc.getMap('self').set(key, 100)
    doc.getMap('facts').set('__proto__', 5)
    const { answers, facts } = readSelf(doc)
    expect([...answers.keys()].toSorted()).toEqual(['__proto__', 'constructor'])
    expect(facts.get('__proto__')).toBe(5)
    expect(({} as Record<string, unknown>)['score']).toBeUndefined()
  })

  test.each([1.5, '三', true, Number.MAX_VALUE, '12', -0.5])('[D3] the score %s is kept as invalid', (value) => {
    const doc = new Y.Doc()
    doc.getMap('self').set('gd.decision.score', value)
    expect(readSelf(doc).answers.get('gd.decision')).toMatchObject({ score: null, invalid: value })
  })

  test('[D3] a negative or too high score is a score: judging it is not reading', () => {
    const doc = new Y.Doc()
    doc.getMap('self').set('a.score', -5)
    doc.getMap('self').set('b.score', 99999)
    const { answers } = readSelf(doc)
    expect([answers.get('a')?.score, answers.get('b')?.score]).toEqual([-5, 99999])
  })

  test('[D4] no NUL, no half surrogate pair, and no stray field', () => {
    const doc = new Y.Doc()
    const paragraph = new Y.XmlElement('paragraph')
    doc.get('body', Y.XmlElement).insert(0, [new Y.XmlElement('section'), paragraph])
    paragraph.insert(0, [new Y.XmlText('a\0b\uD800c\uFFFCd'), new Y.XmlElement('fact-field')])
    expect(readNarrative(doc).sections[0]?.blocks).toEqual([
      { type: 'paragraph', id: 's1.p1', text: 'ab\uFFFDc\uFFFDd\uFFFC', fields: [{ kind: 'fact', key: '' }] },
    ])
  })

  test('[D5] ids follow from the position, also when a level is skipped', () => {
    const doc = new Y.Doc()
    const heading = (level: number) => {
      const section = new Y.XmlElement('section')
      section.setAttribute('__level', level as never)
      return section
    }
    const loose = new Y.XmlElement('paragraph')
    loose.insert(0, [new Y.XmlText('above')])
    const levels = [1, 2, 5, 3, 2, 1, 4]
    doc.get('body', Y.XmlElement).insert(0, [loose, ...levels.map(heading)])
    const ids = (sections: readonly { id: string; children: readonly never[] }[]): string[] =>
      sections.flatMap(({ id, children }) => [id, ...ids(children)])
    expect(ids(readNarrative(doc).sections as never)).toEqual([
      's0',
      's1',
      's1.1',
      's1.1.1',
      's1.1.2',
      's1.2',
      's2',
      's2.1',
    ])
  })

  test('[D9] the incremental reader gives what a full read gives, after every change', () => {
    const doc = open(seedReport({ template, data: sampleReport() })).narrative
    const reader = createNarrativeReader(doc)
    const random = new Random(7)
    for (let count = 0; count < 300; count++) {
      scribble(random, doc)
      expect(reader.read()).toEqual(readNarrative(doc))
    }
    expect(reader.read()).toBe(reader.read())
    reader.destroy()
  })

  test('[D10] a document without format cleanup writes nothing when it receives something', () => {
    const writes = (prepare: (doc: Y.Doc) => void) => {
      const doc = new Y.Doc()
      prepare(doc)
      let own = 0
      doc.on('update', (_update, origin) => (origin === 'others' ? null : own++))
      for (const update of redundantFormats()) Y.applyUpdate(doc, update, 'others')
      return own
    }
    expect(writes(() => {})).toBeGreaterThan(0)
    expect(writes(disableFormatCleanup)).toBe(0)
  })
})

describe('writing', () => {
  test('[D8] writing what is already there changes nothing', () => {
    const { self } = open(seedReport({ template }))
    const write = () => {
      setScore({ doc: self, part: 'self', indicatorId: 'gd.decision', score: 1820, origin: 'me' })
      setBand({ doc: self, part: 'self', indicatorId: 'gd.decision', band: 'good', origin: 'me' })
      setFact({ doc: self, key: 'budgetAmount', value: 24937900, origin: 'me' })
      setCover({ doc: self, key: 'projectName', value: '设备购置\0', origin: 'me' })
      setFact({ doc: self, key: 'nothing', value: null, origin: 'me' })
    }
    write()
    let updates = 0
    self.on('update', () => updates++)
    write()
    expect(updates).toBe(0)
    expect(readSelf(self)).toMatchObject({
      cover: new Map([['projectName', '设备购置']]),
      facts: new Map([['budgetAmount', 24937900]]),
    })
    expect(readSelf(self).answers.get('gd.decision')).toMatchObject({ score: 1820, band: 'good' })
  })

  test('[D3] what could not be understood is kept as typed', () => {
    const { self } = open(seedReport({ template }))
    setScore({ doc: self, part: 'self', indicatorId: 'gd.decision', score: '约三分', origin: null })
    expect(readSelf(self).answers.get('gd.decision')).toMatchObject({ score: null, invalid: '约三分' })
    setScore({ doc: self, part: 'self', indicatorId: 'gd.decision', score: null, origin: null })
    expect(readSelf(self).answers.has('gd.decision')).toBe(false)
  })

  test('[D7] two people who begin a reason at once write into one text', () => {
    const update = seedReport({ template }).self
    const docs = [new Y.Doc(), new Y.Doc()] as const
    for (const doc of docs) Y.applyUpdate(doc, update)
    docs.forEach((doc, index) => textOf(doc, 'self', 'gd.decision.reason')!.insert(0, `text ${index} `))
    const [one, two] = docs.map((doc) => Y.encodeStateAsUpdate(doc))
    Y.applyUpdate(docs[0], two!)
    Y.applyUpdate(docs[1], one!)
    const reasons = docs.map((doc) => readSelf(doc).answers.get('gd.decision')!.reason)
    expect(reasons[0]).toBe(reasons[1])
    expect(reasons[0]).toContain('text 0')
    expect(reasons[0]).toContain('text 1')
  })
})

test('[D4] any text is clean after reading', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.oneof(fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))) }),
      (text) => {
        const doc = new Y.Doc()
        doc.getMap('cover').set('projectName', text)
        const read = readSelf(doc).cover.get('projectName')!
        expect(read.isWellFormed() && !read.includes('\0')).toBe(true)
      },
    ),
  )
})

const plain = (_key: string, value: unknown) => (value instanceof Map ? [...value] : value)

/** Puts something senseless somewhere into a document. */
function scribble(random: Random, doc: Y.Doc) {
  const junk: (() => unknown)[] = [
    () => null,
    () => 1.5,
    () => -0,
    () => Number.NaN,
    () => Number.POSITIVE_INFINITY,
    () => 'text \0 \uD800',
    () => true,
    () => ({ a: { b: ['c'] } }),
    () => [1, [2]],
    () => new Uint8Array([1, 2]),
    () => 10n,
    () => new Y.Map([['x', new Y.Text('y')]]),
    () => Y.Array.from([1, 'two']),
    () => new Y.Text('note'),
    () => new Y.XmlText('xml'),
    () => new Y.XmlElement('section'),
    () => new Y.Doc(),
  ]
  const root = random.pick(['cover', 'facts', 'self', 'scores', 'body'])
  if (root !== 'body') {
    const id = random.pick(['gd.decision', '__proto__', '', 'gd', '名'])
    const field = random.pick(['score', 'reason', 'measure', 'opinion', 'evidence', 'band', 'other', '__proto__'])
    doc.getMap(root).set(random.pick([`${id}.${field}`, id, field]), random.pick(junk)())
    return
  }
  const elements = [doc.get('body', Y.XmlElement)]
  for (const element of elements) elements.push(...element.toArray().filter((child) => child instanceof Y.XmlElement))
  const element = random.pick(elements)
  const names = [
    'section',
    'paragraph',
    'list',
    'listitem',
    'table',
    'tablerow',
    'tablecell',
    'score-field',
    'linebreak',
    'UNDEFINED',
    'x',
  ]
  const action = random.below(4)
  if (action === 0)
    element.setAttribute(
      random.pick(['__level', '__column', '__form', '__indicatorId', '__proto__', '__listType']),
      random.pick(junk)() as never,
    )
  else if (action === 1 && element.length > 0) element.delete(random.below(element.length), 1)
  else if (action === 2) element.insert(random.below(element.length + 1), [new Y.XmlText('文字 \0')])
  else
    element.insert(random.below(element.length + 1), [
      new Y.XmlElement(random.pick(names)),
      new Y.XmlHook('hook') as never,
    ])
}

/** What two people leave behind who format the same words at the same time. */
function redundantFormats(): Uint8Array[] {
  const seeded = new Y.Doc()
  seeded.get('body', Y.XmlElement).insert(0, [new Y.XmlText('one two three')])
  const start = Y.encodeStateAsUpdate(seeded)
  const formatted = [1, 2].map((clientID) => {
    const doc = new Y.Doc()
    doc.clientID = clientID
    Y.applyUpdate(doc, start)
    const text = doc.get('body', Y.XmlElement).get(0) as Y.XmlText
    text.format(0, 7, { bold: true })
    return Y.encodeStateAsUpdate(doc)
  })
  return [start, ...formatted]
}
