import * as decoding from 'lib0/decoding'
import { expect, test } from 'vitest'
import { CLOSE, FRAME, encodeExt, readExt } from '../src/index.ts'
import type { ExtFrame } from '../src/index.ts'

const frames: ExtFrame[] = [
  { type: 'saved', frames: 12, at: '2026-01-01T00:00:00.000Z' },
  { type: 'storing', ok: false },
  { type: 'refused', frame: 3, reason: 'no-pen', message: { zh: '现在不由您填写', en: 'not yours to write now' } },
]

test.each(frames)('an ext frame is read as it was written: $type', (frame) => {
  const decoder = decoding.createDecoder(encodeExt(frame))
  expect(decoding.readVarUint(decoder)).toBe(FRAME.ext)
  expect(readExt(decoder)).toEqual(frame)
  expect(decoding.hasContent(decoder)).toBe(false)
})

test('close codes are distinct, and those that y-websocket takes as final are the ones a reload or a person must answer', () => {
  const codes = Object.values(CLOSE)
  expect(new Set(codes).size).toBe(codes.length)
  const isFinal = (code: number) => code >= 4400 && code < 4500
  expect(codes.filter(isFinal).toSorted()).toEqual([4400, 4401, 4403, 4404, 4409, 4426])
})
