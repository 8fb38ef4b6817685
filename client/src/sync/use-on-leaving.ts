import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import type { Leaving, ReportSession } from './report-session.ts'

/**
 * Runs `store` before the page or the report goes, and when the component does: to put into its document what is being
 * typed and would be stored only on leaving the field. Called more than once; by then there may be nothing to store.
 *
 * @returns `store` as it was rendered last
 */
export function useOnLeaving(
  session: Pick<ReportSession, 'onLeaving'>,
  store: (why: Leaving) => void,
): (why: Leaving) => void {
  const latest = useRef(store)
  useLayoutEffect(() => {
    latest.current = store
  })
  const run = useCallback((why: Leaving) => latest.current(why), [])
  useEffect(() => {
    const stop = session.onLeaving(run)
    return () => {
      stop()
      run('going')
    }
  }, [session, run])
  return run
}
