import { useEffect, useLayoutEffect, useRef } from 'react'
import type { ReportSession } from './report-session.ts'

/**
 * Runs `store` before the page or the report goes, and when the component does: to put into its document what is being
 * typed and would be stored only on leaving the field. Called more than once; by then there may be nothing to store.
 */
export function useOnLeaving(session: Pick<ReportSession, 'onLeaving'>, store: () => void): void {
  const latest = useRef(store)
  useLayoutEffect(() => {
    latest.current = store
  })
  useEffect(() => {
    const run = () => latest.current()
    const stop = session.onLeaving(run)
    return () => {
      stop()
      run()
    }
  }, [session])
}
