import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startServer } from '../support/server.ts'
import { fuzzFrames } from './fuzz-frames.ts'

const FRAMES = 10_000
/** Computed by the server while somebody waits for an answer; a fifth of it is usual. */
const SLOWEST_HEALTH_MS = 100
let server: TestServer

beforeAll(async () => {
  // Whoever is refused comes back at once here; how often one may is another test's.
  server = await startServer({ SYNC_MAX_UPGRADES_PER_MINUTE: '1000000' })
})
afterAll(() => server.remove())

test(`[Y3] [Y50] [Y51] ${FRAMES} hostile frames on the live server: nobody else notices`, async () => {
  const result = await fuzzFrames({ server, reportId: 'demo', frames: FRAMES, seed: 1 })
  expect(result).toMatchObject({ frames: FRAMES, lost: 0, isAlive: true })
  expect(result.tokens).toBeGreaterThan(20)
  expect(result.lines).toBeGreaterThan(100)
  expect(result.slowestHealthMs).toBeLessThan(SLOWEST_HEALTH_MS)
  expect(result.growthMiB).toBeLessThan(64)
})
