import { setScore } from '@gongping/report-doc'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { findKeptTexts, forgetKept, putAside } from '../src/sync/kept-text.ts'
import { lostLines } from '../src/sync/lost-lines.ts'
import { randomOf } from './random.ts'

const aReport = () => ({ narrative: new Y.Doc(), self: new Y.Doc(), department: new Y.Doc(), finance: new Y.Doc() })

function paragraph(doc: Y.Doc, text: string): Y.XmlText {
  const element = new Y.XmlElement('paragraph')
  const content = new Y.XmlText(text)
  element.insert(0, [content])
  doc.get('body', Y.XmlElement).push([element])
  return content
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

const textAt = (doc: Y.Doc, index: number) =>
  (doc.get('body', Y.XmlElement).get(index) as Y.XmlElement).get(0) as Y.XmlText

test('[C10] shows the paragraphs this client wrote in, and not what others changed meanwhile', () => {
  const server = aReport()
  paragraph(server.narrative, '第一段')
  paragraph(server.narrative, '第二段')
  paragraph(server.narrative, '第三段')
  const mine = copyOf(server.narrative)
  textAt(mine, 0).insert(3, '，离线时补充')
  textAt(server.narrative, 1).insert(3, '，别人改过')
  const kept = { part: 'narrative' as const, state: Y.encodeStateAsUpdate(mine) }
  expect(lostLines(kept, server)).toEqual(['第一段，离线时补充'])
})

test('[C10] nothing is left to show once the report holds it', () => {
  const server = aReport()
  paragraph(server.narrative, '第一段')
  const mine = copyOf(server.narrative)
  textAt(mine, 0).insert(3, '，离线时补充')
  const kept = { part: 'narrative' as const, state: Y.encodeStateAsUpdate(mine) }
  Y.applyUpdate(server.narrative, kept.state)
  expect(lostLines(kept, server)).toEqual([])
})

test('[C10] a paragraph written twice by this client is shown twice', () => {
  const server = aReport()
  paragraph(server.narrative, '同样的话')
  const mine = copyOf(server.narrative)
  paragraph(mine, '同样的话')
  paragraph(mine, '同样的话')
  expect(lostLines({ part: 'narrative', state: Y.encodeStateAsUpdate(mine) }, server)).toEqual(['同样的话', '同样的话'])
})

const TAKEN_OUT = [
  { how: 'deleted', edit: (body: Y.XmlElement) => body.delete(1, 1) },
  {
    how: 'made anew as a heading',
    edit: (body: Y.XmlElement) => {
      body.delete(1, 1)
      const heading = new Y.XmlElement('heading')
      heading.insert(0, [new Y.XmlText('第二段')])
      body.insert(1, [heading])
    },
  },
]

test.each(TAKEN_OUT)('[C10] shows what was written into a paragraph that others have $how meanwhile', ({ edit }) => {
  const server = aReport()
  for (const text of ['第一段', '第二段', '第三段']) paragraph(server.narrative, text)
  const mine = new Y.Doc()
  const rows: Uint8Array[] = []
  mine.on('update', (update: Uint8Array) => void rows.push(update))
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(server.narrative))
  textAt(mine, 1).insert(3, '，离线时补充')
  edit(server.narrative.get('body', Y.XmlElement))
  const before = Y.encodeStateAsUpdate(mine)
  expect(lostLines({ part: 'narrative', state: before }, server)).toEqual(['第二段，离线时补充'])

  // The news came before the refusal: the document has forgotten the text, the local copy has not.
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(server.narrative))
  const kept = { part: 'narrative' as const, state: Y.encodeStateAsUpdate(mine), copied: Y.mergeUpdates(rows) }
  expect(lostLines(kept, server)).toEqual(['第二段，离线时补充'])
})

test('[C10] what this client has deleted itself, and what others deleted of theirs, is not shown', () => {
  const server = aReport()
  for (const text of ['第一段', '第二段', '第三段']) paragraph(server.narrative, text)
  const mine = copyOf(server.narrative)
  textAt(mine, 0).insert(3, '写了又删')
  textAt(mine, 0).delete(3, 4)
  textAt(mine, 2).insert(3, '，留下的')
  server.narrative.get('body', Y.XmlElement).delete(1, 1)
  expect(lostLines({ part: 'narrative', state: Y.encodeStateAsUpdate(mine) }, server)).toEqual(['第三段，留下的'])
})

test('[C10] whatever both sides do to a text, every word that was refused and not taken back is shown', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomOf(seed)
    const pick = (below: number) => Math.floor(random() * below)
    const server = aReport()
    for (let line = 0; line < 6; line++) paragraph(server.narrative, `${line}行`)
    const mine = new Y.Doc()
    const rows: Uint8Array[] = []
    mine.on('update', (update: Uint8Array) => void rows.push(update))
    const hear = () => Y.applyUpdate(mine, Y.encodeStateAsUpdate(server.narrative))
    hear()
    const own = mine.get('body', Y.XmlElement)
    const theirs = server.narrative.get('body', Y.XmlElement)
    const words = new Set<string>()
    for (let step = 0; step < 30; step++) {
      const dice = random()
      if (dice < 0.4 && own.length > 0) {
        const word = `<${seed}.${step}>`
        const text = textAt(mine, pick(own.length))
        text.insert(text.length, word)
        words.add(word)
      } else if (dice < 0.5 && own.length > 0) {
        const text = textAt(mine, pick(own.length))
        const [word] = /<[^<>]*>/.exec(text.toString()) ?? []
        if (word === undefined) continue
        text.delete(text.toString().indexOf(word), word.length)
        words.delete(word)
      } else if (dice < 0.65 && theirs.length > 0) theirs.delete(pick(theirs.length), 1)
      else if (dice < 0.8) paragraph(server.narrative, `新${step}`)
      else if (dice < 0.9) hear()
    }
    const kept = { part: 'narrative' as const, state: Y.encodeStateAsUpdate(mine), copied: Y.mergeUpdates(rows) }
    const shown = lostLines(kept, server).join('\n')
    for (const word of words) expect(shown, `seed ${seed}`).toContain(word)
  }
})

test('[C10] cells are shown as id and value', () => {
  const server = aReport()
  const mine = new Y.Doc()
  setScore({ doc: mine, origin: null, part: 'department', indicatorId: 'gd.decision', score: 170 })
  const kept = { part: 'department' as const, state: Y.encodeStateAsUpdate(mine) }
  expect(lostLines(kept, server)).toEqual(['gd.decision\t1.7'])
})

/** Two people set the same cell without knowing of each other; the one with the higher client id stays. */
function aLostCell(given: { mineHeardOfIt: boolean }) {
  const server = aReport()
  const mine = new Y.Doc({ gc: false })
  mine.clientID = 1
  server.self.clientID = 2
  setScore({ doc: mine, origin: null, part: 'self', indicatorId: 'gd.decision', score: 150 })
  setScore({ doc: mine, origin: null, part: 'self', indicatorId: 'gd.decision', score: 170 })
  mine.getMap('cover').set('phone', '0753-1111111')
  mine.getMap('cover').set('fillerName', '填报人')
  setScore({ doc: server.self, origin: null, part: 'self', indicatorId: 'gd.decision', score: 200 })
  server.self.getMap('cover').set('phone', '0753-2222222')
  if (given.mineHeardOfIt) Y.applyUpdate(mine, Y.encodeStateAsUpdate(server.self))
  return { kept: { part: 'self' as const, state: Y.encodeStateAsUpdate(mine) }, server }
}

test.each([{ mineHeardOfIt: false }, { mineHeardOfIt: true }])(
  '[C10] a refused score or cover field is shown although another person’s value stays (%o)',
  (given) => {
    const { kept, server } = aLostCell(given)
    expect(lostLines(kept, server)).toEqual(['phone\t0753-1111111', 'fillerName\t填报人', 'gd.decision\t1.7'])
  },
)

test('[C10] a cell is no longer shown once the report holds the same value', () => {
  const { kept, server } = aLostCell({ mineHeardOfIt: true })
  setScore({ doc: server.self, origin: null, part: 'self', indicatorId: 'gd.decision', score: 170 })
  server.self.getMap('cover').set('fillerName', '填报人')
  expect(lostLines(kept, server)).toEqual(['phone\t0753-1111111'])
})

test('[C10] a cell the server stored and another person changed later is not shown', () => {
  const server = aReport()
  const mine = new Y.Doc({ gc: false })
  setScore({ doc: mine, origin: null, part: 'self', indicatorId: 'gd.decision', score: 150 })
  Y.applyUpdate(server.self, Y.encodeStateAsUpdate(mine))
  setScore({ doc: server.self, origin: null, part: 'self', indicatorId: 'gd.decision', score: 200 })
  expect(lostLines({ part: 'self', state: Y.encodeStateAsUpdate(mine) }, server)).toEqual([])
})

/** A refused paragraph put aside in a browser without a store. @param given.drop lets go of the local copy */
async function putAsideWithoutStore(given: {
  reportId: string
  text: string
  drop: (mine: Y.Doc, owner: Parameters<typeof findKeptTexts>[0]) => Promise<void>
}) {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const mine = new Y.Doc()
  paragraph(mine, given.text)
  const who = { userId: 'keeper', reportId: given.reportId }
  const owner = { ...who, docs: aReport(), areStored: true }
  await putAside(
    { ...who, part: 'narrative', at: 0 },
    {
      readState: () => Y.encodeStateAsUpdate(mine),
      copy: { read: async () => null, drop: () => given.drop(mine, owner) },
    },
  )
  return owner
}

test('[C9] the text can be shown again before the local copy is dropped, even in a browser without a store', async () => {
  let shownAtDrop: readonly string[] = []
  const owner = await putAsideWithoutStore({
    reportId: 'kept',
    text: '没有进入报告',
    drop: async (_mine, reader) => {
      shownAtDrop = (await findKeptTexts(reader)).flatMap(({ lines }) => lines)
    },
  })
  expect(shownAtDrop).toEqual(['没有进入报告'])
  expect(await findKeptTexts({ ...owner, userId: 'another' })).toEqual([])
  const [kept] = await findKeptTexts(owner)
  await forgetKept(kept!.id)
  expect(await findKeptTexts(owner)).toEqual([])
})

test('[C9] what is typed while the text is put aside is kept, too, and once', async () => {
  const owner = await putAsideWithoutStore({
    reportId: 'typed-on',
    text: '被拒绝的',
    drop: async (mine) => void paragraph(mine, '接着写的'),
  })
  const found = await findKeptTexts(owner)
  expect(found.map(({ lines }) => lines)).toEqual([['被拒绝的', '接着写的']])
})

test('[C10] what a document holds and its server has not stored is not forgotten: it may still be refused', async () => {
  const mine = aReport()
  paragraph(mine.narrative, '送审前写的话')
  await putAside(
    { userId: 'w', reportId: 'r', part: 'narrative', at: 0 },
    { readState: () => Y.encodeStateAsUpdate(mine.narrative), copy: { read: async () => null, drop: async () => {} } },
  )
  const owner = { userId: 'w', reportId: 'r' }
  expect(await findKeptTexts({ ...owner, docs: mine, areStored: false })).toEqual([])
  const [kept] = await findKeptTexts({ ...owner, docs: aReport(), areStored: true })
  expect(kept?.lines).toEqual(['送审前写的话'])
  expect(await findKeptTexts({ ...owner, docs: mine, areStored: true })).toEqual([])
  expect(await findKeptTexts({ ...owner, docs: aReport(), areStored: true })).toEqual([])
})
