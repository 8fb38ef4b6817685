/**
 * One run at a time: whoever asks during a run gets one more after it, however many ask. So the last run began after the
 * last question, and an answer that was long on its way can't put an older state in the place of a newer one.
 *
 * @param run handles its own errors
 */
export function inTurn(run: () => Promise<void>): () => Promise<void> {
  let isRunning = false
  let again = false
  return async () => {
    again = true
    if (isRunning) return
    isRunning = true
    try {
      while (again) {
        again = false
        await run()
      }
    } finally {
      isRunning = false
    }
  }
}
