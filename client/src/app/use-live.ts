import { useCallback, useSyncExternalStore } from 'react'
import type { Live } from '../sync/report-session.ts'

/** The current value of something live; the component renders again when it changes. */
export function useLive<T>(live: Live<T>): T {
  const subscribe = useCallback((listener: () => void) => live.subscribe(listener), [live])
  return useSyncExternalStore(subscribe, () => live.get())
}
