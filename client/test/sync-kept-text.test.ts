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

test('[C9] the text can be shown again before the local copy is dropped, even in a browser without a store', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const server = aReport()
  const mine = new Y.Doc()
  paragraph(mine, '没有进入报告')
  const owner = { userId: 'u', reportId: 'r', docs: server }
  const state = Y.encodeStateAsUpdate(mine)
  let shownAtDrop: readonly string[] = []
  const drop = async () => {
    shownAtDrop = (await findKeptTexts(owner)).flatMap(({ lines }) => lines)
  }
  await putAside({ userId: 'u', reportId: 'r', part: 'narrative', at: 0, state }, { drop })
  expect(shownAtDrop).toEqual(['没有进入报告'])
  expect(await findKeptTexts({ ...owner, userId: 'another' })).toEqual([])
  const [kept] = await findKeptTexts(owner)
  await forgetKept(kept!.id)
  expect(await findKeptTexts(owner)).toEqual([])
})
