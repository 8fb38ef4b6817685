import { expect, test } from 'vitest'
import { sectionNumber } from '../src/index.ts'

test('numbers are those of official documents', () => {
  expect([1, 10, 11, 20, 23].map((n) => sectionNumber(1, n))).toEqual(['一、', '十、', '十一、', '二十、', '二十三、'])
  expect(sectionNumber(2, 2)).toBe('（二）')
  expect(sectionNumber(3, 4)).toBe('4. ')
  expect(sectionNumber(4, 1)).toBe('（1）')
  expect(sectionNumber(5, 3)).toBe('③')
})
