import type { Anchor } from '@gongping/protocol/http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newCommentKey, openDrafts } from '../src/review/drafts.ts'
import type { EditorSession } from '../src/sync/report-session.ts'
import { aBrowserStorage } from './browser-storage.ts'

const session = { me: { id: 'u1' }, reportId: 'demo' } as EditorSession
const report: Anchor = { kind: 'report' }
const cover: Anchor = { kind: 'cover', key: 'unit' }
const onReport = newCommentKey(report)
const onCover = newCommentKey(cover)

let storage: Storage
beforeEach(() => {
  const browser = aBrowserStorage()
  storage = browser.localStorage as Storage
  vi.stubGlobal('localStorage', storage)
  vi.stubGlobal('sessionStorage', aBrowserStorage().localStorage)
  vi.stubGlobal('window', browser.page)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

test('[R1] what is sent in one tab leaves what is being written in another', () => {
  const first = openDrafts(session)
  const second = openDrafts(session)
  first.keep(onReport, { text: '还没有写完', anchor: report })
  second.keep('reply:t1', { text: '同意' })
  second.keep('reply:t1', null)
  expect(openDrafts(session).get(onReport)?.text).toBe('还没有写完')
})

test('[R1] one draft is the same in every tab, and sent it is gone from all', () => {
  const first = openDrafts(session)
  const second = openDrafts(session)
  first.keep('reply:t1', { text: '同' })
  expect(second.get('reply:t1')?.text).toBe('同')
  second.keep('reply:t1', { text: '同意' })
  expect(first.get('reply:t1')?.text).toBe('同意')
  second.keep('reply:t1', null)
  expect(first.get('reply:t1')).toBeUndefined()
})

test('[R1] another report and another person see nothing of it', () => {
  openDrafts(session).keep('reply:t1', { text: '同意' })
  for (const other of [
    { me: { id: 'u1' }, reportId: 'demo2' },
    { me: { id: 'u2' }, reportId: 'demo' },
  ]) {
    expect(openDrafts(other as EditorSession).all.get().size).toBe(0)
  }
})

test('[R1] what the release before had stored is still there', () => {
  const text: Anchor = { kind: 'text', start: 's', end: 'e', quote: '目标', prefix: '', suffix: '' }
  storage.setItem(
    'gongping.drafts.u1.demo',
    JSON.stringify({
      texts: [
        ['reply:t1', { text: '同意' }],
        ['new:s', { text: '写到一半' }],
        ['new:{"kind":"cover","key":"unit"}', { text: '封面' }],
        ['new:elsewhere', { text: '不知何处' }],
      ],
      place: text,
    }),
  )
  openDrafts(session)
  const drafts = openDrafts(session)
  expect(drafts.get('reply:t1')).toEqual({ text: '同意' })
  expect(drafts.get(newCommentKey(text))).toEqual({ text: '写到一半', anchor: text })
  expect(drafts.get(onCover)).toEqual({ text: '封面', anchor: cover })
  // The place of all but the last was not stored.
  expect(drafts.get(onReport)).toEqual({ text: '不知何处', anchor: report })
})

test('[R2] sent and unchanged it is let go of; what was typed meanwhile stays', async () => {
  const drafts = openDrafts(session)
  drafts.keep('reply:t1', { text: '第一句' })
  expect(await drafts.send('reply:t1', '第一句', async () => undefined)).toBe(true)
  expect(drafts.get('reply:t1')).toBeUndefined()

  drafts.keep('reply:t1', { text: '第一句' })
  const isLetGo = await drafts.send('reply:t1', '第一句', async () =>
    drafts.keep('reply:t1', { text: '第一句，第二句' }),
  )
  expect([isLetGo, drafts.get('reply:t1')?.text]).toEqual([false, '第一句，第二句'])
})

test('[R2] it is sent once, however often that is asked for', async () => {
  const drafts = openDrafts(session)
  const { promise, resolve } = Promise.withResolvers<void>()
  const post = vi.fn(() => promise)
  const asked = [drafts.send('reply:t1', '同意', post), drafts.send('reply:t1', '同意', post)]
  resolve()
  expect(await Promise.all(asked)).toEqual([true, false])
  expect(post).toHaveBeenCalledTimes(1)
})

test('[R3] each place has its own draft, which tells why it could not be sent', async () => {
  const drafts = openDrafts(session)
  drafts.composing.set(report)
  drafts.keep(onReport, { text: '甲', anchor: report })
  const problem = new Error('no network')
  const sent = drafts.send(onReport, '甲', async () => {
    throw problem
  })
  drafts.composing.set(cover)
  drafts.keep(onCover, { text: '乙', anchor: cover })
  expect(await sent).toBe(false)
  expect(drafts.composing.get()).toBe(cover)
  expect(drafts.sendings.get().get(onReport)).toEqual({ problem })
  expect([...drafts.all.get().values()].map(({ text }) => text)).toEqual(['甲', '乙'])
  expect(openDrafts(session).composing.get()).toEqual(cover)
})

test('[R4] who a comment is for is kept with it', () => {
  openDrafts(session).keep(onReport, { text: '内部意见', anchor: report, visibility: 'finance' })
  expect(openDrafts(session).get(onReport)?.visibility).toBe('finance')
})
