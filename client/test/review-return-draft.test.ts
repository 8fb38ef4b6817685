import type { Anchor } from '@gongping/protocol/http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openReturnDraft } from '../src/review/return-draft.ts'
import type { EditorSession } from '../src/sync/report-session.ts'
import { aBrowserStorage } from './browser-storage.ts'

const session = { me: { id: 'u1' }, reportId: 'demo' } as EditorSession
const report: Anchor = { kind: 'report' }
const cover: Anchor = { kind: 'cover', key: 'unit' }

beforeEach(() => {
  const { localStorage, page } = aBrowserStorage()
  vi.stubGlobal('localStorage', localStorage)
  vi.stubGlobal('window', page)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

test('[R1] a return keeps the points of every tab, in the order they were added', () => {
  const first = openReturnDraft(session)
  const second = openReturnDraft(session)
  first.add({ anchor: report, problem: '甲' })
  second.add({ anchor: cover, problem: '乙' })
  first.add({ anchor: report, problem: '丙' })
  const problems = (draft: typeof first) => draft.items.get().map(({ problem }) => problem)
  expect(problems(openReturnDraft(session))).toEqual(['甲', '乙', '丙'])
  expect(problems(first)).toEqual(['甲', '乙', '丙'])
  const [, point] = second.items.get()
  second.change(point!.key, { demand: '补正' })
  expect(first.items.get().map(({ demand }) => demand)).toEqual(['', '补正', ''])
  first.remove(point!.key)
  expect(problems(second)).toEqual(['甲', '丙'])
  const sent = second.items.get()
  first.add({ anchor: report, problem: '丁' })
  for (const { key } of sent) second.remove(key)
  expect(problems(openReturnDraft(session))).toEqual(['丁'])
})

test('[R1] the points of a return that the release before had stored are still there', () => {
  const item = { key: 'k', anchor: report, quote: '', problem: '甲', demand: '', dueDate: '' }
  localStorage.setItem('gongping.return.u1.demo', JSON.stringify([item]))
  openReturnDraft(session)
  expect(openReturnDraft(session).items.get()).toEqual([item])
})
