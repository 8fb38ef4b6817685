import type { MiddlewareHandler } from 'hono'
import type { ReadSession } from '../auth/session.ts'
import type { AppEnv } from './app-env.ts'
import { answerTooOften } from './errors.ts'
import { signedOut } from './guards.ts'

export interface TurnLimits {
  /** Requests of one person that are answered or wait, a page or two of a browser being far below. */
  readonly atOnce: number
  /** How long answering one person may take at once, milliseconds, and how much of it comes back in a second. */
  readonly burstMs: number
  readonly msPerSecond: number
}

export const TURNS: TurnLimits = { atOnce: 60, burstMs: 10_000, msPerSecond: 250 }

interface Person {
  /** Answered or waiting. */
  atOnce: number
  readonly waiting: (() => void)[]
  /** What answering may still take, milliseconds; below zero their next request waits. */
  leftMs: number
  /** When that was counted, by the monotonic clock. */
  at: number
}

/**
 * Requests of people who are signed in begin one at a time, each person's in turn, and between two of them sockets and
 * everybody else are heard: with a database in the same process an answer is one piece of work from its first question to
 * its last byte, and forty long ones in a row would be one long silence. Who has kept the server busy for long waits.
 *
 * @param options.countsTime whether the time an answer takes is work of this process, and not waiting for a database
 */
export function takeTurns(options: {
  readSession: ReadSession
  countsTime: boolean
  limits?: TurnLimits | undefined
}): MiddlewareHandler<AppEnv> {
  const { readSession, countsTime, limits = TURNS } = options
  const people = new Map<string, Person>()
  const next: Person[] = []
  let isTurnTaken = false

  return async (c, answer) => {
    // A stream of events is open for hours; signing in has limits of its own.
    if (c.req.path === '/api/events' || c.req.path.startsWith('/api/auth/')) return answer()
    const session = c.get('session') ?? (await readSession(c.req.header('cookie')))
    // Answered by the route itself.
    if (!session) return answer()
    const person = personOf(session.userId)
    if (person.atOnce >= limits.atOnce) return answerTooOften(c, 1)
    person.atOnce += 1
    try {
      const turn = turnOf(person)
      await turn
      // Who waited may have been signed out meanwhile.
      const current = turn ? await readSession(c.req.header('cookie')) : session
      if (!current) throw signedOut()
      c.set('session', current)
      const began = performance.now()
      try {
        await answer()
      } finally {
        if (countsTime) person.leftMs -= performance.now() - began
      }
    } finally {
      person.atOnce -= 1
    }
    return undefined
  }

  function personOf(userId: string): Person {
    let person = people.get(userId)
    if (!person) {
      person = { atOnce: 0, waiting: [], leftMs: limits.burstMs, at: performance.now() }
      people.set(userId, person)
    }
    return person
  }

  /** Milliseconds until they may go on. */
  function waitOf(person: Person): number {
    const now = performance.now()
    person.leftMs = Math.min(limits.burstMs, person.leftMs + ((now - person.at) / 1000) * limits.msPerSecond)
    person.at = now
    return person.leftMs >= 0 ? 0 : (-person.leftMs / limits.msPerSecond) * 1000
  }

  function turnOf(person: Person): Promise<void> | undefined {
    if (!isTurnTaken && next.length === 0 && person.waiting.length === 0 && waitOf(person) === 0) {
      takeTurn()
      return undefined
    }
    return new Promise((resolve) => {
      person.waiting.push(resolve)
      if (person.waiting.length === 1) line(person)
    })
  }

  /** Puts them at the end of the line, or there when they may go on. */
  function line(person: Person): void {
    const waitMs = waitOf(person)
    if (waitMs > 0) {
      setTimeout(() => line(person), Math.ceil(waitMs))
      return
    }
    next.push(person)
    if (!isTurnTaken) takeTurn()
  }

  function takeTurn(): void {
    isTurnTaken = true
    setImmediate(() => {
      isTurnTaken = false
      const person = next.shift()
      if (!person) return
      takeTurn()
      person.waiting.shift()?.()
      if (person.waiting.length > 0) line(person)
    })
  }
}
