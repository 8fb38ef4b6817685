import { describe, expect, test } from 'vitest'
import {
  PARTS,
  PEN,
  REPORT_STATES,
  ROLES,
  TRANSITION_ACTIONS,
  findTransition,
  may,
  penOf,
  type Actor,
  type Request,
  type Role,
} from '../src/index.ts'

const actor = (...roles: Role[]): Actor => ({ roles, isAdmin: false })
const admin: Actor = { roles: [], isAdmin: true }
const nobody = actor()

const everyRequest: Request[] = [
  { action: 'read' },
  { action: 'comment' },
  { action: 'read-audit' },
  { action: 'name-version' },
  ...PARTS.map((part) => ({ action: 'write' as const, part })),
  ...TRANSITION_ACTIONS.map((action) => ({ action, reason: '补充扣分原因' })),
]

test('[P1] a stranger may nothing, in no state', () => {
  for (const state of REPORT_STATES)
    for (const request of everyRequest)
      expect(may(nobody, request, state)).toMatchObject({ ok: false, code: 'not_a_member' })
})

test('[P2] the rights of several roles add up', () => {
  expect(penOf(actor('filler', 'head'), 'draft')).toEqual({
    narrative: true,
    self: true,
    department: true,
    finance: false,
  })
  expect(may(actor('filler', 'head'), { action: 'submit' }, 'draft').ok).toBe(true)
  expect(may(actor('filler', 'head'), { action: 'approve' }, 'department_review').ok).toBe(true)
})

describe('[P3] the pen table, every cell', () => {
  const table: Record<string, string[]> = {
    'draft narrative': ['filler', 'head', 'finance'],
    'draft self': ['filler'],
    'draft department': ['head'],
    'draft finance': ['finance'],
    'returned narrative': ['filler', 'head', 'finance'],
    'returned self': ['filler'],
    'returned department': ['head'],
    'returned finance': ['finance'],
    'department_review narrative': ['head', 'finance'],
    'department_review self': [],
    'department_review department': ['head'],
    'department_review finance': ['finance'],
    'finance_review narrative': ['finance'],
    'finance_review self': [],
    'finance_review department': [],
    'finance_review finance': ['finance'],
    'concluded narrative': [],
    'concluded self': [],
    'concluded department': [],
    'concluded finance': [],
  }
  for (const state of REPORT_STATES)
    for (const part of PARTS)
      test(`${state} ${part}`, () => {
        for (const role of ROLES)
          expect(may(actor(role), { action: 'write', part }, state).ok).toBe(table[`${state} ${part}`]!.includes(role))
      })
})

test('[P4] a score column is written by its own role only', () => {
  for (const state of REPORT_STATES) {
    expect(PEN[state].self.every((role) => role === 'filler')).toBe(true)
    expect(PEN[state].department.every((role) => role === 'head')).toBe(true)
    expect(PEN[state].finance.every((role) => role === 'finance')).toBe(true)
  }
})

test('[P5] [P6] handing over takes the pen, a return gives it back', () => {
  const holds = (role: Role, state: (typeof REPORT_STATES)[number]) =>
    Object.values(penOf(actor(role), state)).some(Boolean)
  expect(holds('filler', findTransition('submit', 'draft')!.to)).toBe(false)
  expect(holds('head', findTransition('approve', 'department_review')!.to)).toBe(false)
  for (const role of ROLES) expect(holds(role, findTransition('conclude', 'finance_review')!.to)).toBe(false)
  expect(penOf(actor('filler'), findTransition('return', 'finance_review')!.to)).toEqual(
    penOf(actor('filler'), 'draft'),
  )
})

test('[P7] a transition is open to one role in its states and refused with the right one named', () => {
  for (const action of TRANSITION_ACTIONS)
    for (const state of REPORT_STATES) {
      const transition = findTransition(action, state)
      for (const role of ROLES) {
        const verdict = may(actor(role), { action, reason: '有原因' }, state)
        if (!transition) expect(verdict).toMatchObject({ ok: false, code: 'wrong_state' })
        else if (role === transition.by) expect(verdict).toEqual({ ok: true })
        else expect(verdict).toMatchObject({ ok: false, code: 'wrong_role' })
      }
    }
})

test('[P8] return and reopen need a reason that is not blank', () => {
  for (const reason of [undefined, '', ' 　\n']) {
    expect(
      may(actor('head'), { action: 'return', ...(reason === undefined ? {} : { reason }) }, 'department_review'),
    ).toMatchObject({ code: 'reason_required' })
    expect(may(admin, { action: 'reopen', ...(reason === undefined ? {} : { reason }) }, 'concluded')).toMatchObject({
      code: 'reason_required',
    })
  }
})

test('[P9] an admin reads and reopens, and never writes content', () => {
  for (const state of REPORT_STATES) {
    expect(may(admin, { action: 'read' }, state).ok).toBe(true)
    expect(Object.values(penOf(admin, state)).some(Boolean)).toBe(false)
  }
  expect(may(admin, { action: 'reopen', reason: '复核有误' }, 'concluded').ok).toBe(true)
  expect(may(admin, { action: 'submit' }, 'draft').ok).toBe(false)
})

test('[P10] every refusal has a sentence in both languages', () => {
  for (const who of [nobody, admin, ...ROLES.map((role) => actor(role))])
    for (const state of REPORT_STATES)
      for (const request of everyRequest) {
        const verdict = may(who, request, state)
        if (verdict.ok) continue
        expect(verdict.message.zh).toMatch(/[一-龥].*。$/)
        expect(verdict.message.en).toMatch(/[a-z].*\.$/)
      }
})

test('[P11] members comment until the report is concluded', () => {
  for (const state of REPORT_STATES)
    for (const role of ROLES) expect(may(actor(role), { action: 'comment' }, state).ok).toBe(state !== 'concluded')
})
