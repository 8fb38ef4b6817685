import type { Part } from '@gongping/permissions'
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { judge } from '../src/sync/guard.ts'
import type { Verdict } from '../src/sync/guard.ts'
import { Ledger } from '../src/sync/ledger.ts'
import { REFUSALS } from '../src/sync/refusals.ts'
import { editRandomly, hasPending, randomFrom } from './guard-support.ts'
import { fuzzGuard, timed } from './guard-fuzz.ts'
import { seedOf } from './sync-support.ts'

const UPDATES = 200_000
const SLOWEST_MS = 50

test(`[Y3] ${UPDATES} mutated and crafted updates: a verdict each, in time, with bounded memory`, () => {
  const result = fuzzGuard({ seed: 1, updates: UPDATES })
  const { counts } = result
  expect(counts.apply + counts.nothing + counts.missing + counts.deletes + counts.refuse).toBe(UPDATES)
  // None of the five is what happens to nearly everything, or the fuzzing would prove little.
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(UPDATES / 10_000)
  expect(result.broken).toEqual([])
  expect(result.slowestMs).toBeLessThan(SLOWEST_MS)
  expect(result.heapGrowthMiB).toBeLessThan(64)
})

const part: Part = 'self'

/** Bytes that were seen to harm other servers. */
describe('known bad cases', () => {
  const start = (options: { part?: Part } = {}) => Ledger.of([seedOf(options.part ?? part)], new Map())
  const by = (update: Uint8Array, options: { ledger?: Ledger; part?: Part; mayWrite?: boolean } = {}): Verdict => {
    const input = {
      update,
      ledger: options.ledger ?? start({ part: options.part ?? part }),
      userId: 'eve',
      part: options.part ?? part,
      mayWrite: options.mayWrite ?? true,
      mayBind: 8,
    }
    const { verdict, ms } = timed(() => judge(input))
    expect(ms).toBeLessThan(SLOWEST_MS)
    return verdict
  }
  const reasonOf = (verdict: Verdict) => (verdict.kind === 'refuse' ? verdict.reason : verdict.kind)
  const varUints = (...values: number[]) => {
    const encoder = encoding.createEncoder()
    for (const value of values) encoding.writeVarUint(encoder, value)
    return encoding.toUint8Array(encoder)
  }
  const made = (edit: (doc: Y.Doc) => void, options: { part?: Part; clientId?: number } = {}) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seedOf(options.part ?? part))
    doc.clientID = options.clientId ?? 4242
    const vector = Y.encodeStateVector(doc)
    edit(doc)
    return Y.encodeStateAsUpdate(doc, vector)
  }

  test('[Y5] collected structs that claim the future of another client id', () => {
    const ledger = start()
    ledger.owners.set(77, 'ann')
    expect(reasonOf(by(varUints(1, 1, 77, 0, 0, 50, 0), { ledger }))).toBe('foreign-client-id')
    expect(reasonOf(by(varUints(1, 1, 1, 4, 0, 50, 0)))).toBe('foreign-client-id')
  })

  test('[Y2] an update cut anywhere, of which Yjs applies the first half', () => {
    const update = made((doc) => {
      for (let index = 0; index < 5; index += 1) doc.getMap('facts').set(`k${index}`, { deep: [index] })
    })
    const kinds = new Set(Array.from(update, (_, length) => reasonOf(by(update.subarray(0, length)))))
    expect([...kinds]).toEqual(['undecodable'])
    const halfApplied = new Y.Doc()
    expect(() => Y.applyUpdate(halfApplied, update.subarray(0, -1))).toThrow('Unexpected end')
  })

  test('[Y7] structs after a hole, which would stay in the document and be handed to everybody', () => {
    for (let clock = 1; clock < 1000; clock += 1) {
      expect(by(varUints(1, 1, 77, clock, 0, 1, 0)).kind).toBe('missing')
    }
  })

  test('[Y2] format V2, also the 25 bytes on which its merge never returns', () => {
    const hang = Buffer.from('00000d0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', 'hex')
    const doc = new Y.Doc()
    doc.getMap('facts').set('a', 'b'.repeat(50))
    for (const bytes of [hang, Y.encodeStateAsUpdateV2(doc)])
      expect(['undecodable', 'too-large']).toContain(reasonOf(by(bytes)))
  })

  test('[Y2] bombs: lengths that promise more than there is', () => {
    const huge = 2 ** 52
    const bombs = [
      varUints(huge),
      varUints(1, huge, 77, 0),
      varUints(1, 1, 77, huge, 0, 1, 0),
      varUints(1, 1, 77, 0, 0, huge, 0),
      varUints(1, 1, 77, 0, 10, huge, 0),
      varUints(0, huge),
      varUints(0, 1, 77, huge),
      varUints(0, 1, 77, 1, 0, huge),
      varUints(1, 1, 77, 0, 8, 1, 1, 97, huge),
      varUints(1, 1, 77, 0, 2, 1, 1, 97, huge),
      varUints(1, 1, 77, 0, 4, 1, 1, 97, huge),
      varUints(1, 1, 77, 0, 3, 1, 1, 97, huge),
      varUints(1, 1, 77, 0, 0, 0, 0),
      varUints(1, 1, 77, 0, 10, 0, 0),
    ]
    for (const bomb of bombs) expect(['undecodable', 'too-large']).toContain(reasonOf(by(bomb)))
  })

  test('[Y2] 1,000 types in types, which overflow the stack of whoever walks them', () => {
    const nested = made(
      (doc) => {
        let at = doc.get('body', Y.XmlElement)
        for (let depth = 0; depth < 1000; depth += 1) {
          const inner = new Y.XmlElement('p')
          at.push([inner])
          at = inner
        }
      },
      { part: 'narrative' },
    )
    expect(reasonOf(by(nested, { part: 'narrative' }))).toBe('too-large')
  })

  test('[Y2] [Y4] values nested 10,000 deep, and keys that change prototypes', () => {
    const nest = (depth: number): unknown => (depth === 0 ? 1 : [nest(depth - 1)])
    expect(reasonOf(by(made((doc) => doc.getMap('facts').set('a', nest(1000)))))).toBe('too-large')
    const bytes = [...varUints(1, 1, 77, 0, 0x28, 1, 5), ...Buffer.from('facts'), 1, 97, 1]
    const deep = Uint8Array.from([...bytes, ...Array.from({ length: 10_000 }, () => [117, 1]).flat(), 126, 0])
    expect(reasonOf(by(deep))).toBe('too-large')
    for (const value of ['{"__proto__":{"isAdmin":true}}', '{"a":[{"__proto__":1}]}']) {
      expect(reasonOf(by(made((doc) => doc.getMap('facts').set('a', JSON.parse(value)))))).toBe('undecodable')
    }
    expect(reasonOf(by(made((doc) => doc.getMap('facts').set('__proto__', 1))))).toBe('undecodable')
    expect(by(made((doc) => doc.getMap('facts').set('constructor', 1))).kind).toBe('apply')
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  test('[Y5] 100,000 client ids in one update, and more than eight', () => {
    const sections = (count: number) => {
      const encoder = encoding.createEncoder()
      encoding.writeVarUint(encoder, count)
      for (let index = 0; index < count; index += 1) {
        for (const value of [1, 200_000 - index, 0, 0, 1]) encoding.writeVarUint(encoder, value)
      }
      encoding.writeVarUint(encoder, 0)
      return encoding.toUint8Array(encoder)
    }
    for (const count of [100_000, 9]) expect(reasonOf(by(sections(count)))).toBe('too-large')
    expect(by(sections(8)).kind).toBe('apply')
  })

  test('[Y8] 14 bytes that delete a whole document, from somebody without the pen', () => {
    const everything = varUints(0, 1, 1, 1, 0, 5)
    expect(by(everything, { mayWrite: false })).toMatchObject({ kind: 'deletes' })
    expect(reasonOf(by(varUints(0, 1, 1, 1, 0, 500), { mayWrite: false }))).toBe('no-pen')
  })
})

test('[Y50] every reason has its words in both languages', () => {
  for (const { message, code } of Object.values(REFUSALS)) {
    expect(message.zh.length).toBeGreaterThan(5)
    expect(message.en.length).toBeGreaterThan(5)
    expect(code).toBeGreaterThanOrEqual(4400)
  }
})

test('[Y3] what passes the guard applies in Yjs without an error and leaves nothing pending', () => {
  const random = randomFrom(7)
  const seed = seedOf(part)
  let applied = 0
  for (let round = 0; round < 300; round += 1) {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seed)
    doc.clientID = 1000 + round
    const undo = new Y.UndoManager([doc.getMap('facts'), doc.getMap('self')], { captureTimeout: 0 })
    const vector = Y.encodeStateVector(doc)
    for (let step = 0; step < 10; step += 1) editRandomly(doc, part, random, undo)
    const update = Y.encodeStateAsUpdate(doc, vector)
    const verdict = judge({
      update,
      ledger: Ledger.of([seed], new Map()),
      userId: 'ann',
      part,
      mayWrite: true,
      mayBind: 8,
    })
    if (verdict.kind !== 'apply') continue
    const other = new Y.Doc()
    Y.applyUpdate(other, seed)
    Y.applyUpdate(other, verdict.update)
    expect(hasPending(other)).toBe(false)
    applied += 1
  }
  expect(applied).toBeGreaterThan(200)
})
