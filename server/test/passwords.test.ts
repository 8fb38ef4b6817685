import { hashPassword as hashByScrypt } from 'better-auth/crypto'
import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from '../src/auth/passwords.ts'

test('[A11] the right password fits its hash, another one does not', async () => {
  const hash = await hashPassword('correct-horse')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(await verifyPassword({ hash, password: 'correct-horse' })).toBe(true)
  for (const password of ['correct-horsf', 'Correct-horse', '']) {
    expect(await verifyPassword({ hash, password })).toBe(false)
  }
})

test('[A11] two hashes of one password have nothing in common', async () => {
  const cheap = { memory: 64, passes: 1 }
  const [one, other] = await Promise.all([hashPassword('correct-horse', cheap), hashPassword('correct-horse', cheap)])
  expect(one).not.toBe(other)
  expect(await verifyPassword({ hash: other, password: 'correct-horse' })).toBe(true)
})

test('[A11] a hash keeps its own cost, and one of an earlier version works', async () => {
  const cheap = await hashPassword('密码，密码', { memory: 64, passes: 1 })
  expect(cheap).toContain('m=64,t=1')
  expect(await verifyPassword({ hash: cheap, password: '密码，密码' })).toBe(true)
  // Full-width by another input method.
  expect(await verifyPassword({ hash: cheap, password: '密码,密码' })).toBe(true)
  const old = await hashByScrypt('correct-horse')
  expect(await verifyPassword({ hash: old, password: 'correct-horse' })).toBe(true)
  expect(await verifyPassword({ hash: old, password: 'correct-horsf' })).toBe(false)
})
