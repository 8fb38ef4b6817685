import { expect, test } from 'vitest'
import { Admissions } from '../src/sync/admissions.ts'

const limits = { socketsPerUser: 2, socketsPerAddress: 3, upgradesPerMinute: 5 }

test('[Y40] sockets of a user and of an address are counted while they are open', () => {
  const admissions = new Admissions(limits)
  const enter = (userId: string, address = 'a') => admissions.enter({ userId, address, now: 0 })
  const first = enter('ann')
  enter('ann')
  expect(enter('ann')).toBeUndefined()
  expect(enter('ben')).toBeDefined()
  expect(enter('eve')).toBeUndefined()
  expect(enter('eve', 'b')).toBeDefined()
  first?.()
  // Giving back twice frees one place only.
  first?.()
  expect(enter('eve')).toBeDefined()
  expect(enter('ann')).toBeUndefined()
})

test('[Y40] upgrades of a user are counted by the minute, refused ones too', () => {
  const admissions = new Admissions(limits)
  const enter = (now: number) => {
    const leave = admissions.enter({ userId: 'ann', address: 'a', now })
    leave?.()
    return leave !== undefined
  }
  expect([1, 2, 3, 4, 5, 6].map((at) => enter(at * 1000))).toEqual([true, true, true, true, true, false])
  expect(enter(59_999)).toBe(false)
  expect(enter(61_001)).toBe(true)
})
