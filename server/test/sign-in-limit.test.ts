import { expect, test } from 'vitest'
import { createSignInLimit } from '../src/http/sign-in-limit.ts'

test('a whole office behind one address signs in, and one guesser there still has to wait', () => {
  const limit = createSignInLimit(() => 0)
  for (let person = 0; person < 500; person += 1) {
    expect(limit.waitSeconds('10.0.0.1', `user${person}`)).toBe(0)
    limit.failed('10.0.0.1', `user${person}`)
    limit.succeeded('10.0.0.1', `user${person}`)
  }
  for (let guess = 0; guess < 100; guess += 1) limit.failed('10.0.0.1', `guess${guess}`)
  expect(limit.waitSeconds('10.0.0.1', 'user1')).toBeGreaterThan(0)
})
