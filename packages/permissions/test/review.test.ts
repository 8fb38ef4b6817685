import { expect, test } from 'vitest'
import {
  type Actor,
  PARTS,
  REPORT_STATES,
  ROLES,
  type ReviewRequest,
  type Role,
  type ThreadFacts,
  VISIBILITIES,
  holdsPen,
  may,
  mayReadPart,
} from '../src/index.ts'

const actor = (...roles: Role[]): Actor => ({ roles, isAdmin: false })
const admin: Actor = { roles: [], isAdmin: true }
const OPEN_STATES = REPORT_STATES.filter((state) => state !== 'concluded')
const OF_ROLE = { department: 'head', finance: 'finance' } as const
const ok = (who: Actor, request: ReviewRequest, state: (typeof REPORT_STATES)[number] = 'draft') =>
  may(who, request, state).ok

const facts = (fields: Partial<ThreadFacts> = {}): ThreadFacts => ({
  visibility: 'public',
  raisedAs: 'finance',
  isRaiser: false,
  isAddressee: false,
  part: null,
  ...fields,
})
const mark = (to: 'open' | 'done' | 'closed', fields: Partial<ThreadFacts> = {}): ReviewRequest => ({
  action: 'mark-thread',
  to,
  thread: facts(fields),
})

test('[P12] internal comments are seen and raised by the holders of their role, and by nobody else', () => {
  for (const visibility of ['department', 'finance'] as const) {
    for (const action of ['see-thread', 'raise-thread'] as const) {
      for (const role of ROLES) expect(ok(actor(role), { action, visibility })).toBe(role === OF_ROLE[visibility])
      expect(ok(admin, { action, visibility })).toBe(false)
    }
  }
  expect(ok(admin, { action: 'see-thread', visibility: 'public' })).toBe(true)
  expect(ok(admin, { action: 'raise-thread', visibility: 'public' })).toBe(false)
  expect(ok(actor('filler', 'head'), { action: 'raise-thread', visibility: 'department' })).toBe(true)
})

test('[P12] after the conclusion comments are read and nothing else', () => {
  for (const role of ROLES) {
    expect(ok(actor(role), { action: 'see-thread', visibility: 'public' }, 'concluded')).toBe(true)
    for (const request of everyRequest()) {
      if (request.action === 'see-thread' || request.action === 'set-due-date') continue
      expect(ok(actor(role), request, 'concluded')).toBe(false)
    }
  }
})

test('[P13] a comment is marked as changed by addressee, writer of the place, or filler', () => {
  for (const state of OPEN_STATES) {
    expect(ok(actor('filler'), mark('done'), state)).toBe(true)
    for (const role of ['head', 'finance'] as const) {
      expect(ok(actor(role), mark('done'), state)).toBe(false)
      expect(ok(actor(role), mark('done', { isAddressee: true }), state)).toBe(true)
      for (const part of PARTS) {
        expect(ok(actor(role), mark('done', { part }), state)).toBe(holdsPen(actor(role), part, state))
      }
    }
  }
})

test('[P13] it is closed by whoever raised it or holds that role, and reopened by every member who sees it', () => {
  for (const role of ROLES) {
    expect(ok(actor(role), mark('closed'))).toBe(role === 'finance')
    expect(ok(actor(role), mark('closed', { isRaiser: true }))).toBe(true)
    expect(ok(actor(role), mark('open'))).toBe(true)
    expect(ok(actor(role), mark('open', { visibility: 'department' }))).toBe(role === 'head')
  }
  for (const to of ['open', 'done', 'closed'] as const) expect(ok(admin, mark(to, { isRaiser: true }))).toBe(false)
})

test('[P14] only the author changes or deletes what was written', () => {
  for (const role of ROLES) {
    expect(ok(actor(role), { action: 'change-reply', isAuthor: true })).toBe(true)
    expect(may(actor(role), { action: 'change-reply', isAuthor: false }, 'draft')).toMatchObject({ code: 'not_author' })
  }
  expect(ok(admin, { action: 'change-reply', isAuthor: true })).toBe(false)
})

test('[P15] a comment is attached elsewhere by its raisers or who writes the text', () => {
  const attach: ReviewRequest = { action: 'attach-thread', thread: facts() }
  expect(ok(actor('filler'), attach, 'draft')).toBe(true)
  expect(ok(actor('filler'), attach, 'department_review')).toBe(false)
  expect(ok(actor('finance'), attach, 'finance_review')).toBe(true)
  expect(ok(actor('head'), attach, 'finance_review')).toBe(false)
})

test('[P16] a suggestion is decided with the pen of its part, never by its author, who withdraws it', () => {
  for (const state of REPORT_STATES)
    for (const part of PARTS)
      for (const role of ROLES) {
        const request = { action: 'decide-suggestion', part, isAuthor: false } as const
        expect(ok(actor(role), request, state)).toBe(holdsPen(actor(role), part, state))
        expect(ok(actor(role), { ...request, isAuthor: true }, state)).toBe(false)
      }
  expect(ok(actor('head'), { action: 'withdraw-suggestion', isAuthor: true })).toBe(true)
  expect(ok(actor('head'), { action: 'withdraw-suggestion', isAuthor: false })).toBe(false)
})

test('[P17] return items are answered by the filler while filling and judged by the role that raised them', () => {
  for (const state of REPORT_STATES)
    for (const role of ROLES) {
      const isFilling = state === 'draft' || state === 'returned'
      expect(ok(actor(role), { action: 'answer-item' }, state)).toBe(role === 'filler' && isFilling)
      for (const raisedAs of ['head', 'finance'] as const) {
        const isTheirs = role === raisedAs
        expect(ok(actor(role), { action: 'judge-item', raisedAs }, state)).toBe(isTheirs && state !== 'concluded')
        expect(ok(admin, { action: 'judge-item', raisedAs }, state)).toBe(false)
      }
      expect(ok(actor('head', 'finance'), { action: 'judge-item', raisedAs: 'finance' }, state)).toBe(
        state !== 'concluded',
      )
    }
})

test('[P18] due dates are set by finance or an administrator', () => {
  expect([admin, ...ROLES.map((role) => actor(role))].map((who) => ok(who, { action: 'set-due-date' }))).toEqual([
    true,
    false,
    false,
    true,
  ])
})

test('[P19] in a blind phase a reviewer’s column is read by its writers until it is released', () => {
  for (const state of REPORT_STATES)
    for (const role of ROLES)
      for (const part of PARTS) {
        const isReleased =
          part === 'department' ? state === 'finance_review' || state === 'concluded' : state === 'concluded'
        const isOwn = (part === 'department' && role === 'head') || (part === 'finance' && role === 'finance')
        const isReviewers = part === 'department' || part === 'finance'
        expect(mayReadPart(actor(role), part, { isBlind: true, state })).toBe(!isReviewers || isReleased || isOwn)
        expect(mayReadPart(actor(role), part, { isBlind: false, state })).toBe(true)
      }
  for (const part of PARTS) expect(mayReadPart(admin, part, { isBlind: true, state: 'draft' })).toBe(true)
})

test('[P1] [P10] strangers may nothing of this, and every refusal has a sentence in both languages', () => {
  for (const state of REPORT_STATES)
    for (const request of everyRequest()) {
      expect(may(actor(), request, state)).toMatchObject({ ok: false, code: 'not_a_member' })
      for (const who of [admin, ...ROLES.map((role) => actor(role))]) {
        const verdict = may(who, request, state)
        if (verdict.ok) continue
        expect(verdict.message.zh).toMatch(/\p{Script=Han}.*。$/u)
        expect(verdict.message.en).toMatch(/[a-z].*\.$/)
      }
    }
})

function everyRequest(): ReviewRequest[] {
  const booleans = [true, false]
  const threads = VISIBILITIES.flatMap((visibility) =>
    booleans.map((isRaiser) => facts({ visibility, isRaiser, part: 'narrative' })),
  )
  return [
    { action: 'comment' },
    ...VISIBILITIES.flatMap((visibility): ReviewRequest[] => [
      { action: 'see-thread', visibility },
      { action: 'raise-thread', visibility },
    ]),
    ...threads.flatMap((thread): ReviewRequest[] => [
      ...(['open', 'done', 'closed'] as const).map((to) => ({ action: 'mark-thread' as const, to, thread })),
      { action: 'attach-thread', thread },
    ]),
    ...booleans.flatMap((isAuthor): ReviewRequest[] => [
      { action: 'change-reply', isAuthor },
      { action: 'withdraw-suggestion', isAuthor },
      { action: 'decide-suggestion', part: 'self', isAuthor },
    ]),
    { action: 'answer-item' },
    ...ROLES.map((raisedAs): ReviewRequest => ({ action: 'judge-item', raisedAs })),
    { action: 'set-due-date' },
  ]
}
