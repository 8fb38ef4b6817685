import { setScore } from '@gongping/report-doc'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { findKeptTexts, forgetKept, lostLines, putAside } from '../src/sync/kept-text.ts'

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
