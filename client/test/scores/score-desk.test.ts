import { PARTS } from '@gongping/permissions'
import { scoreKey, setScore } from '@gongping/report-doc'
import { findTemplate } from '@gongping/scoring'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { scoreDesk } from '../../src/scores/score-desk.ts'
import type { JumpTarget, ReportSession } from '../../src/sync/report-session.ts'

const A = 'gd.decision.setup.justification'
const B = 'gd.decision.funding.allocation'

test('undo takes back own steps over all columns in their order, never those of others', () => {
  const { session, docs } = aSession()
  const desk = scoreDesk(session)
  const own = (part: 'self' | 'department', id: string, score: number) => {
    setScore({ doc: docs[part], origin: desk.origin, part, indicatorId: id, score })
    desk.endUndoStep()
  }
  own('self', A, 300)
  own('department', A, 250)
  setScore({ doc: docs.self, origin: 'network', part: 'self', indicatorId: B, score: 100 })
  own('self', A, 350)

  expect(desk.undo()).toBe(true)
  expect(docs.self.getMap('self').get(scoreKey(A))).toBe(300)
  expect(desk.undo()).toBe(true)
  expect(docs.department.getMap('scores').get(scoreKey(A))).toBeUndefined()
  expect(desk.redo()).toBe(true)
  expect(docs.department.getMap('scores').get(scoreKey(A))).toBe(250)
  expect(desk.undo() && desk.undo()).toBe(true)
  expect(docs.self.getMap('self').get(scoreKey(A))).toBeUndefined()
  expect(desk.undo()).toBe(false)
  expect(docs.self.getMap('self').get(scoreKey(B))).toBe(100)
})

test('several cells of one step come back together', () => {
  const { session, docs } = aSession()
  const desk = scoreDesk(session)
  docs.self.transact(() => {
    setScore({ doc: docs.self, origin: desk.origin, part: 'self', indicatorId: A, score: 300 })
    setScore({ doc: docs.self, origin: desk.origin, part: 'self', indicatorId: B, score: 200 })
  }, desk.origin)
  desk.undo()
  expect(docs.self.getMap('self').get(scoreKey(A))).toBeUndefined()
  expect(docs.self.getMap('self').get(scoreKey(B))).toBeUndefined()
})

test('there is one desk for a session, and it keeps a jump until the table is there to follow it', () => {
  const { session, jump } = aSession()
  const desk = scoreDesk(session)
  jump({ kind: 'section', sectionId: 's1' })
  expect(desk.jump.get()).toBeNull()
  jump({ kind: 'indicator', indicatorId: A, column: 'reason' })
  expect(scoreDesk(session)).toBe(desk)
  expect(desk.jump.get()).toEqual({ kind: 'indicator', indicatorId: A, column: 'reason' })
  expect(desk.place.get()).toEqual({ indicatorId: A, column: 'self' })
})

/** As much of a session as a desk looks at, with real documents. */
function aSession() {
  const docs = Object.fromEntries(PARTS.map((part) => [part, new Y.Doc()])) as ReportSession['docs']
  const jumps: ((target: JumpTarget) => void)[] = []
  const session = {
    template: findTemplate('guangdong-2022')!,
    docs,
    pen: {
      get: () => ({ narrative: true, self: true, department: false, finance: false }),
      subscribe: () => () => undefined,
    },
    onJump: (listener: (target: JumpTarget) => void) => {
      jumps.push(listener)
      return () => undefined
    },
  } as unknown as ReportSession
  return { session, docs, jump: (target: JumpTarget) => jumps.forEach((listener) => listener(target)) }
}
