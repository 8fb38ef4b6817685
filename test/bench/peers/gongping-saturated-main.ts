import { DISK } from '../../../server/src/quotas.ts'
import { LINE_RATE } from '../../../server/src/sync/budget.ts'

/** The production server without its limits of what a line may send and a day may hold, which saturation is about to exceed. */
Object.assign(DISK, { unitBytes: Infinity })
Object.assign(LINE_RATE, {
  framesPerSecond: Infinity,
  burstFrames: Infinity,
  bytesPerSecond: Infinity,
  burstBytes: Infinity,
})
await import('../../../server/src/main.ts')
