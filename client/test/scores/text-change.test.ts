import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { changeBetween, mapPosition, rebase } from '../../src/scores/text-change.ts'
import type { TextDelta } from '../../src/scores/text-change.ts'

describe('changeBetween', () => {
  test('the smallest replacement', () => {
    expect(changeBetween('扣分原因', '扣了分原因', 2)).toEqual({ index: 1, remove: 0, insert: '了' })
    expect(changeBetween('abcd', 'ad', 1)).toEqual({ index: 1, remove: 2, insert: '' })
    expect(changeBetween('abc', 'abc', 3)).toBeNull()
  })

  test('of equal letters the one at the caret was typed', () => {
    expect(changeBetween('aaa', 'aaaa', 2)).toEqual({ index: 1, remove: 0, insert: 'a' })
    expect(changeBetween('aaa', 'aaaa', 4)).toEqual({ index: 3, remove: 0, insert: 'a' })
    expect(changeBetween('aaaa', 'aaa', 1)).toEqual({ index: 1, remove: 1, insert: '' })
  })

  test('a pair of surrogates is never torn apart', () => {
    const change = changeBetween('𠮷𠮶', '𠮶𠮶', 2)!
    const text = new Y.Doc().getText()
    text.insert(0, '𠮷𠮶')
    text.delete(change.index, change.remove)
    text.insert(change.index, change.insert)
    expect(text.toString()).toBe('𠮶𠮶')
  })
})

describe('mapPosition', () => {
  test('moves with what is inserted and deleted before it', () => {
    expect(mapPosition([{ insert: 'xx' }], 3, { stay: true })).toBe(5)
    expect(mapPosition([{ delete: 2 }], 3, { stay: true })).toBe(1)
    expect(mapPosition([{ retain: 4 }, { insert: 'xx' }], 3, { stay: true })).toBe(3)
    expect(mapPosition([{ retain: 1 }, { delete: 5 }], 3, { stay: true })).toBe(1)
  })

  test('at the very place of an insertion the caret stays, a pending insertion goes behind', () => {
    expect(mapPosition([{ retain: 3 }, { insert: 'xx' }], 3, { stay: true })).toBe(3)
    expect(mapPosition([{ retain: 3 }, { insert: 'xx' }], 3, { stay: false })).toBe(5)
  })
})

describe('rebase', () => {
  test('what others insert inside a replaced range stays', () => {
    const text = new Y.Doc().getText()
    text.insert(0, '甲乙丙丁')
    const deltas = record(text, () => text.insert(2, '新'))
    apply(text, rebase({ index: 1, remove: 2, insert: '改' }, deltas))
    expect(text.toString()).toContain('新')
    expect(text.toString().replace('新', '')).toBe('甲改丁')
  })

  test('2000 random compositions: nothing typed by anybody is lost or doubled, nothing deleted comes back', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = generator(seed)
      let next = 0x4e00
      const fresh = (n: number) => Array.from({ length: n }, () => String.fromCodePoint(next++)).join('')
      const text = new Y.Doc().getText()
      text.insert(0, fresh(1 + random(12)))
      const base = text.toString()
      const index = random(base.length + 1)
      const change = { index, remove: random(base.length - index + 1), insert: fresh(random(4)) }
      const remoteInserted: string[] = []
      const remoteRemoved: string[] = []
      const deltas = record(text, () => {
        for (let n = random(5); n > 0; n--) {
          const at = random(text.length + 1)
          if (random(2) === 0) {
            const typed = fresh(1 + random(3))
            remoteInserted.push(typed)
            text.insert(at, typed)
          } else {
            const length = random(text.length - at + 1)
            remoteRemoved.push(text.toString().slice(at, at + length))
            text.delete(at, length)
          }
        }
      })
      apply(text, rebase(change, deltas))

      const gone = new Set([...base.slice(index, index + change.remove), ...remoteRemoved.join('')])
      const expected = [...base, ...remoteInserted.join('')].filter((char) => !gone.has(char))
      const result = text.toString()
      expect([...result].toSorted(), `seed ${seed}`).toEqual([...expected, ...change.insert].toSorted())
      expect(result, `seed ${seed}`).toContain(change.insert)
      const kept = [...base].filter((char) => !gone.has(char)).join('')
      expect([...result].filter((char) => kept.includes(char)).join(''), `seed ${seed}`).toBe(kept)
    }
  })
})

function apply(text: Y.Text, changes: readonly { index: number; remove: number; insert: string }[]) {
  for (const { index, remove, insert } of changes) {
    if (remove) text.delete(index, remove)
    if (insert) text.insert(index, insert)
  }
}

/** The deltas of everything `act` does, one for each transaction. */
function record(text: Y.Text, act: () => void): TextDelta[] {
  const deltas: TextDelta[] = []
  const observer = (event: Y.YTextEvent) => void deltas.push(event.delta as TextDelta)
  text.observe(observer)
  act()
  text.unobserve(observer)
  return deltas
}

/** Mulberry32; returns an integer below `n`. */
function generator(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}
