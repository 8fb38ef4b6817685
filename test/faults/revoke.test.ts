import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startServer } from '../support/server.ts'
import { REVOCATIONS, revokeOnce } from './revoke.ts'

const TIMES = 5
let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

test.each(REVOCATIONS)('[Y41] [Y42] [Y43] %s reaches an open line in under a second', async (revocation) => {
  for (let time = 0; time < TIMES; time += 1) {
    const { ms, takenAfter } = await revokeOnce(server, revocation)
    expect({ isInTime: ms < 1000, takenAfter }).toEqual({ isInTime: true, takenAfter: 0 })
  }
})
