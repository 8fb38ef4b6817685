import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

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
        // By the clock and to the millisecond: when everything else is done.
        test: {
          name: 'timing',
          include: ['test/timing/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          expect: { poll: { timeout: 30_000 } },
          ...slow,
        },
      },
    ],
  },
})
