import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Live } from '../sync/report-session.ts'

/** One piece of something live; the component renders again only when the piece is another one. */
export function useSelected<T, S>(live: Live<T>, select: (value: T) => S): S {
  return useSyncExternalStore(
    (listener) => live.subscribe(listener),
    () => select(live.get()),
  )
}

/** Something live for what need not follow every keystroke: at most `everyMs` behind, and never more often than that. */
export function useCalm<T>(live: Live<T>, everyMs: number): T {
  const [value, setValue] = useState(() => live.get())
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = () => {
      timer = undefined
      setValue(() => live.get())
    }
    const stop = live.subscribe(() => {
      timer ??= setTimeout(show, everyMs)
    })
    show()
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [live, everyMs])
  return value
}
