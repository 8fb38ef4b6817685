import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** How soon one node shows what was written at another. */
const BY_THE_CLOCK = 'test/faults/cluster.test.ts'
const slow = { testTimeout: 60_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    // Each has servers and browsers beside it, which the processors are shared with.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{server,client,packages/*}/test/**/*.test.ts'],
          environment: 'node',
          isolate: false,
          ...slow,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/{contract,faults}/**/*.test.ts'],
          exclude: [BY_THE_CLOCK],
          expect: { poll: { timeout: 30_000 } },
          ...slow,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/e2e/**/*.e2e.ts'],
          expect: { poll: { timeout: 30_000 } },
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        // By the clock and to the millisecond: when everything else is done, one file after the other.
        test: {
          name: 'timing',
          include: ['test/timing/**/*.test.ts', BY_THE_CLOCK],
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          expect: { poll: { timeout: 30_000 } },
          ...slow,
        },
      },
    ],
  },
})
