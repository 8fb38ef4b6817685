import { LINE_RATE } from '../../../server/src/sync/budget.ts'

/** The production server without its limit of what one line may send, which saturation is about to exceed. */
Object.assign(LINE_RATE, {
  framesPerSecond: Infinity,
  burstFrames: Infinity,
  bytesPerSecond: Infinity,
  burstBytes: Infinity,
})
await import('../../../server/src/main.ts')
