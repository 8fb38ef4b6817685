import { expect, test } from 'vitest'
import { splitRewrite } from '../src/review/split-rewrite.ts'

const applied = (before: string, rewrites: ReturnType<typeof splitRewrite>) =>
  rewrites.toReversed().reduce((text, { from, to, newText }) => text.slice(0, from) + newText + text.slice(to), before)

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('what is put together again is what was written', () => {
  const pieces = ['绩', '效', '目标', '，', ' ', 'a', '1', '𠮷', '完成率', '预算安排资金']
  for (let seed = 1; seed <= 600; seed++) {
    const random = randomOf(seed)
    const piece = () => pieces[Math.floor(random() * pieces.length)]!
    const words = Array.from({ length: Math.floor(random() * 40) }, piece)
    const rewritten = words.flatMap((word) => (random() < 0.15 ? [] : random() < 0.15 ? [word, piece()] : [word]))
    const before = words.join('')
    const after = rewritten.join('')
    const rewrites = splitRewrite(before, after)
    expect(applied(before, rewrites), `seed ${seed}`).toBe(after)
    for (const { from, to, oldText } of rewrites) expect(before.slice(from, to)).toBe(oldText)
  }
})

test('changes near each other stay one, changes apart become several', () => {
  const before = '预算安排资金二十万元，实际到位十八万元，用于购置社会保险系统需要的设备和配套用品。'
  const after = before.replace('二十', '三十').replace('配套用品', '耗材')
  const rewrites = splitRewrite(before, after)
  expect(rewrites.length).toBe(2)
  expect(splitRewrite(before, before)).toEqual([])
  expect(splitRewrite('', '新写的一句。')).toEqual([{ from: 0, to: 0, oldText: '', newText: '新写的一句。' }])
  expect(splitRewrite('整句删去。', '')).toEqual([{ from: 0, to: 5, oldText: '整句删去。', newText: '' }])
})
