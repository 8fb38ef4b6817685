import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openSqlite } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createSignInLimit } from '../src/http/sign-in-limit.ts'

let database: Database
beforeAll(async () => {
  database = openSqlite(':memory:')
  await migrate(database)
})
afterAll(() => database.close())

test('[A3] a whole office behind one address signs in, and one guesser there still has to wait', async () => {
  const limit = createSignInLimit(database.db, () => 0)
  for (let person = 0; person < 300; person += 1) {
    expect(await limit.begin('10.0.0.1', `user${person}`)).toBe(0)
    await limit.succeeded('10.0.0.1', `user${person}`)
  }
  for (let guess = 0; guess < 100; guess += 1) expect(await limit.begin('10.0.0.1', `guess${guess}`)).toBe(0)
  expect(await limit.begin('10.0.0.1', 'user1')).toBe(900)
  expect(await limit.begin('10.0.0.2', 'user1')).toBe(0)
})

test('[A3] the slips of a whole day in one office do not add up', async () => {
  let at = 0
  const limit = createSignInLimit(database.db, () => at)
  for (let minutes = 0; minutes < 10 * 60; minutes += 1) {
    at = minutes * 60_000
    const name = `filler${minutes}`
    expect(await limit.begin('10.0.0.9', name)).toBe(0)
    if (minutes % 3 !== 0) await limit.succeeded('10.0.0.9', name)
  }
})

test('[A3] another server, or the same one after a restart, goes on counting; waiting is not made longer by trying', async () => {
  let now = 1_000_000
  const [one, two] = [createSignInLimit(database.db, () => now), createSignInLimit(database.db, () => now)]
  const waits: number[] = []
  for (let round = 0; round < 3; round += 1) {
    waits.push(await one.begin('10.0.0.3', 'head'), await two.begin('10.0.0.3', 'head'))
  }
  expect(waits).toEqual([0, 0, 0, 0, 0, 900])
  now += 800_000
  expect(await one.begin('10.0.0.3', 'head')).toBe(100)
  now += 100_000
  expect(await two.begin('10.0.0.3', 'head')).toBe(0)
})

test('[A3] what was typed as a name is not kept', async () => {
  await createSignInLimit(database.db, () => 0).begin('10.0.0.4', 'my-secret-password')
  expect(JSON.stringify(await database.db.selectFrom('sign_in_try').selectAll().execute())).not.toContain('my-secret')
})
