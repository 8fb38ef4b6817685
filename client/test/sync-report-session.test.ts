import { CLOSE, FRAME, SYNC, encodeExt } from '@gongping/protocol'
import type { ReportState } from '@gongping/permissions'
import type { Me, ReportDetail } from '@gongping/protocol/http'
import { setScore } from '@gongping/report-doc'
import { findTemplate } from '@gongping/scoring'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { api, onSignedOut } from '../src/app/api.ts'
import { findKeptTexts, forgetKept } from '../src/sync/kept-text.ts'
import { createReportSession, type EditorSession } from '../src/sync/report-session.ts'
import { Line, syncFrame } from './line.ts'

beforeEach(() => {
  Line.opened.length = 0
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', Line)
  vi.stubGlobal('window', new EventTarget())
  vi.stubGlobal('navigator', { onLine: true })
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no network')))
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const pen = { narrative: true, self: true, department: false, finance: false }
const me: Me = { id: 'u', username: 'filler', displayName: '填报人', role: 'filler', unit: '单位' }
const detail = { id: 'r', state: 'draft', roles: ['filler'], pen } as unknown as ReportDetail

/** A report whose lines are up and in step with an empty server. */
async function anOpenReport() {
  const template = findTemplate('guangdong-2022')!
  const session = createReportSession({ me, detail, template, syncUrl: 'ws://server/sync' })
  await vi.advanceTimersByTimeAsync(0)
  const join = () => {
    const lines = Line.opened.splice(0)
    for (const line of lines) {
      line.connect()
      line.deliver(encodeExt({ type: 'hello', layout: 1, userId: 'u', mayWrite: true, pen, state: 'draft' }))
      line.deliver(syncFrame(SYNC.step1, Y.encodeStateVector(new Y.Doc())))
      line.deliver(syncFrame(SYNC.step2, Y.encodeStateAsUpdate(new Y.Doc())))
      line.deliver(encodeExt({ type: 'saved', frames: 1, at: '2026-05-25T01:42:00.000Z' }))
    }
    return lines
  }
  const lines = join()
  expect(lines).toHaveLength(4)
  expect(session.saveState.get().kind).toBe('saved')
  return { session, lines, join }
}

const questions = (line: Line) => line.sent.filter(([type]) => type === FRAME.queryAwareness).length
const answer = (line: Line) => line.deliver(Uint8Array.of(FRAME.awareness, 1, 0))
const setNetwork = (is: 'online' | 'offline') => {
  vi.stubGlobal('navigator', { onLine: is === 'online' })
  window.dispatchEvent(new Event(is))
}

test('[C11] a line that dies without a word is given up within ten seconds', async () => {
  const { session, lines, join } = await anOpenReport()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(session.saveState.get().kind).toBe('offline')
  expect(questions(lines[0]!)).toBe(1)
  expect(Line.opened).toHaveLength(4)
  join()
  expect(session.saveState.get().kind).toBe('saved')
  session.close()
})

test('[C11] a line that answers stays, and one with news is not asked', async () => {
  const { session, lines } = await anOpenReport()
  const [text] = lines
  for (let asked = 1; asked <= 10; asked++) {
    await vi.advanceTimersByTimeAsync(4000)
    expect(questions(text!)).toBe(asked)
    answer(text!)
  }
  for (let second = 0; second < 20; second++) {
    await vi.advanceTimersByTimeAsync(1000)
    answer(text!)
  }
  expect(questions(text!)).toBe(10)
  expect(lines.slice(1).map(questions)).toEqual([0, 0, 0])
  expect(session.saveState.get().kind).toBe('saved')
  expect(Line.opened).toHaveLength(0)
  session.close()
})

test('[C11] after a sleep the line is asked before it is given up', async () => {
  const { session, lines } = await anOpenReport()
  vi.setSystemTime(Date.now() + 3_600_000)
  await vi.advanceTimersByTimeAsync(2000)
  answer(lines[0]!)
  await vi.advanceTimersByTimeAsync(2000)
  expect(session.saveState.get().kind).toBe('saved')
  expect(Line.opened).toHaveLength(0)
  session.close()
})

test('[C11] a server that answers late is given more time each time', async () => {
  const { session, join } = await anOpenReport()
  await vi.advanceTimersByTimeAsync(10_000)
  join()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(session.saveState.get().kind).toBe('saved')
  await vi.advanceTimersByTimeAsync(5000)
  expect(session.saveState.get().kind).toBe('offline')
  session.close()
})

test('[C11] without a network the state is offline at once, with it back the parts connect at once', async () => {
  const { session, join } = await anOpenReport()
  setNetwork('offline')
  expect(session.saveState.get().kind).toBe('offline')
  session.docs.self.getMap('cover').set('phone', '0753-0000000')
  await vi.advanceTimersByTimeAsync(60_000)
  for (const line of Line.opened.splice(0)) line.cut(1006)
  expect(session.saveState.get()).toMatchObject({ kind: 'offline', unsaved: 1 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(Line.opened).toHaveLength(0)
  setNetwork('online')
  expect(join()).toHaveLength(4)
  expect(session.saveState.get().kind).toBe('saved')
  session.close()
})

test('what is written above the text for as long as it holds is not said a second time', async () => {
  const { session, lines } = await anOpenReport()
  const said: string[] = []
  session.onNotice(({ en }) => said.push(en))
  const tell = (state: ReportState, narrative: boolean) =>
    lines[0]!.deliver(
      encodeExt({ type: 'state', state, pen: { ...pen, narrative }, mayWrite: narrative, by: 'somebody' }),
    )
  tell('department_review', false)
  expect(said).toEqual([])
  tell('returned', true)
  tell('department_review', true)
  expect(said).toEqual([
    'You may now edit the text.',
    'The report is now in “Department review”; you may still edit the text.',
  ])
  session.close()
})

test('[C9] a cell that was refused is put aside, also when another person’s value had already taken its place', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { session, lines } = await anOpenReport()
  const self = lines.find(({ url }) => url.includes('/self'))!
  session.docs.self.getMap('cover').set('phone', '0753-1111111')
  const server = new Y.Doc()
  server.clientID = 0xffffffff
  server.getMap('cover').set('phone', '0753-2222222')
  self.deliver(syncFrame(SYNC.update, Y.encodeStateAsUpdate(server)))
  expect(session.docs.self.getMap('cover').get('phone')).toBe('0753-2222222')
  self.cut(CLOSE.refused)
  await vi.advanceTimersByTimeAsync(0)
  expect(session.fate.get().kind).toBe('replaced')
  session.close()

  const docs = { narrative: new Y.Doc(), self: server, department: new Y.Doc(), finance: new Y.Doc() }
  const kept = await findKeptTexts({ userId: 'u', reportId: 'r', docs, areStored: true })
  expect(kept.map(({ lines: one }) => one)).toEqual([['phone\t0753-1111111']])
})

test('[C9] parts refused at the same time are all put aside, once each, before the page is another one', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { session, lines } = await anOpenReport()
  const lineOf = (part: string) => lines.find(({ url }) => url.includes(`/${part}`))!
  session.docs.self.getMap('cover').set('contact', '0753-3333333')
  const score = { part: 'department', indicatorId: 'gd.decision', score: 170 } as const
  setScore({ doc: session.docs.department, origin: null, ...score })
  lineOf('self').cut(CLOSE.refused)
  lineOf('department').cut(CLOSE.refused)
  // A network that comes back has every line try again, the refused ones, too.
  window.dispatchEvent(new Event('online'))
  const again = Line.opened.findLast(({ url }) => url.includes('/self'))!
  again.connect()
  again.cut(CLOSE.refused)
  await vi.advanceTimersByTimeAsync(0)
  expect(session.fate.get().kind).toBe('replaced')
  session.close()

  const docs = { narrative: new Y.Doc(), self: new Y.Doc(), department: new Y.Doc(), finance: new Y.Doc() }
  const kept = await findKeptTexts({ userId: 'u', reportId: 'r', docs, areStored: true })
  const own = kept.filter(({ lines: one }) => one.some((line) => /^contact|^gd\.decision/.test(line)))
  expect(own.map(({ part }) => part).toSorted()).toEqual(['department', 'self'])
  for (const { id } of kept) await forgetKept(id)
})

test('[C10] text refused before the other parts had ever come is not forgotten by the page that still shows it', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const template = findTemplate('guangdong-2022')!
  const session = createReportSession({ me, detail, template, syncUrl: 'ws://server/sync' })
  await vi.advanceTimersByTimeAsync(0)
  const lineOf = (part: string) => Line.opened.findLast(({ url }) => url.includes(`/${part}`))!
  const welcome = (line: Line, mayWrite: boolean) => {
    line.connect()
    line.deliver(encodeExt({ type: 'hello', layout: 1, userId: 'u', mayWrite, pen, state: 'draft' }))
    line.deliver(syncFrame(SYNC.step1, Y.encodeStateVector(new Y.Doc())))
    line.deliver(syncFrame(SYNC.step2, Y.encodeStateAsUpdate(new Y.Doc())))
  }
  welcome(lineOf('narrative'), true)
  setNetwork('offline')
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText('送审前没来得及保存的话')])
  session.docs.narrative.get('body', Y.XmlElement).push([paragraph])
  setNetwork('online')
  welcome(lineOf('narrative'), false)
  expect(lineOf('narrative').edits()).toHaveLength(1)
  lineOf('narrative').cut(CLOSE.refused)
  for (const part of ['self', 'department', 'finance']) welcome(lineOf(part), false)
  await vi.advanceTimersByTimeAsync(0)
  expect(session.fate.get().kind).toBe('replaced')
  session.close()

  const docs = { narrative: new Y.Doc(), self: new Y.Doc(), department: new Y.Doc(), finance: new Y.Doc() }
  const kept = await findKeptTexts({ userId: 'u', reportId: 'r', docs, areStored: true })
  expect(kept.flatMap(({ lines }) => lines)).toContain('送审前没来得及保存的话')
})

/** @returns the server's document, which has two paragraphs and not what was typed into the second */
function typeOfflineIntoTheSecond(session: EditorSession, lines: readonly Line[]): Y.Doc {
  const server = new Y.Doc()
  for (const words of ['第一段', '第二段']) {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(words)])
    server.get('body', Y.XmlElement).push([paragraph])
  }
  const text = lines.find(({ url }) => url.includes('/narrative'))!
  text.deliver(syncFrame(SYNC.update, Y.encodeStateAsUpdate(server)))
  setNetwork('offline')
  const second = session.docs.narrative.get('body', Y.XmlElement).get(1) as Y.XmlElement
  ;(second.get(0) as Y.XmlText).insert(3, '，断网时补充')
  return server
}

test.each(['the server asks first', 'the server answers first', 'the server confirms before it answers'])(
  '[C10] text written offline into a paragraph that others deleted is shown, when %s',
  async (order) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { session, lines } = await anOpenReport()
    const server = typeOfflineIntoTheSecond(session, lines)
    server.get('body', Y.XmlElement).delete(1, 1)
    setNetwork('online')
    const again = Line.opened.findLast(({ url }) => url.includes('/narrative'))!
    again.connect()
    again.deliver(encodeExt({ type: 'hello', layout: 1, userId: 'u', mayWrite: true, pen, state: 'draft' }))
    const question = syncFrame(SYNC.step1, Y.encodeStateVector(server))
    const theirs = syncFrame(SYNC.step2, Y.encodeStateAsUpdate(server))
    const saved = encodeExt({ type: 'saved', frames: 1, at: '2026-05-25T01:43:00.000Z' })
    if (order === 'the server asks first') for (const frame of [question, theirs, saved]) again.deliver(frame)
    else if (order === 'the server answers first') for (const frame of [theirs, question, saved]) again.deliver(frame)
    else for (const frame of [question, saved, theirs]) again.deliver(frame)
    await vi.advanceTimersByTimeAsync(0)
    const shown = () =>
      session.kept
        .get()
        .filter(({ part }) => part === 'narrative')
        .map(({ lines: one }) => one)
    expect(shown()).toContainEqual(['第二段，断网时补充'])
    for (const { id } of session.kept.get()) await forgetKept(id)
    await session.reloadKept()
    expect(shown()).toEqual([])
    session.close()
  },
)

test('[C10] text written offline into what others deleted is shown, also when the line that brought it to the server ended before its answer', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { session, lines } = await anOpenReport()
  const server = typeOfflineIntoTheSecond(session, lines)
  const offered = Y.encodeStateAsUpdate(session.docs.narrative)
  server.get('body', Y.XmlElement).delete(1, 1)
  for (const isCut of [true, false]) {
    setNetwork('online')
    const again = Line.opened.findLast(({ url }) => url.includes('/narrative'))!
    again.connect()
    again.deliver(encodeExt({ type: 'hello', layout: 1, userId: 'u', mayWrite: true, pen, state: 'draft' }))
    again.deliver(syncFrame(SYNC.step1, Y.encodeStateVector(server)))
    expect(again.edits()).toHaveLength(1)
    Y.applyUpdate(server, offered)
    if (isCut) again.cut(1006)
    else again.deliver(syncFrame(SYNC.step2, Y.encodeStateAsUpdate(server)))
  }
  await vi.advanceTimersByTimeAsync(0)
  const shown = session.kept.get().filter(({ part }) => part === 'narrative')
  expect(shown.map(({ lines: one }) => one)).toEqual([['第二段，断网时补充']])
  for (const { id } of shown) await forgetKept(id)
  session.close()
})

test('[C10] text written offline that stands in the report is not shown', async () => {
  const { session, lines } = await anOpenReport()
  const server = new Y.Doc()
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText('第一段')])
  server.get('body', Y.XmlElement).push([paragraph])
  lines.find(({ url }) => url.includes('/narrative'))!.deliver(syncFrame(SYNC.update, Y.encodeStateAsUpdate(server)))
  setNetwork('offline')
  const own = session.docs.narrative.get('body', Y.XmlElement).get(0) as Y.XmlElement
  ;(own.get(0) as Y.XmlText).insert(3, '，断网时补充')
  ;((server.get('body', Y.XmlElement).get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, '新的')
  setNetwork('online')
  const again = Line.opened.findLast(({ url }) => url.includes('/narrative'))!
  again.connect()
  again.deliver(syncFrame(SYNC.step1, Y.encodeStateVector(server)))
  again.deliver(syncFrame(SYNC.step2, Y.encodeStateAsUpdate(server)))
  await vi.advanceTimersByTimeAsync(0)
  expect(session.kept.get()).toEqual([])
  session.close()
})

test('[C13] whoever signed in again is not asked once more by lines of the session that ended', async () => {
  const { session, lines, join } = await anOpenReport()
  vi.stubGlobal('fetch', async () => new Response('{}', { status: 401 }))
  await expect(session.refresh()).rejects.toThrow('401')
  expect(session.fate.get().kind).toBe('signed-out')
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(detail)))
  session.resume()
  for (const line of lines) line.cut(CLOSE.signedOut)
  await vi.advanceTimersByTimeAsync(0)
  expect(session.fate.get().kind).toBe('open')
  expect(join()).toHaveLength(4)
  expect(session.saveState.get().kind).toBe('saved')
  session.close()
})

test('[C13] after the report is closed an ended session is everybody’s again', async () => {
  const { session } = await anOpenReport()
  const left = vi.fn<() => void>()
  const stop = onSignedOut(left)
  vi.stubGlobal('fetch', async () => new Response('{}', { status: 401 }))
  await expect(session.refresh()).rejects.toThrow('401')
  expect(left).not.toHaveBeenCalled()
  session.close()
  await expect(api.get('/api/me')).rejects.toThrow('401')
  expect(left).toHaveBeenCalledOnce()
  stop()
})
