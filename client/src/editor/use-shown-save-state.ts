import { useEffect, useState } from 'react'
import type { Live, SaveState } from '../sync/report-session.ts'

/** Milliseconds that everything must have been saved before the screen says so again. */
const CALM_MS = 500

/**
 * The save state without flicker: whatever is worse shows at once, "saved" only after it has held for a moment, so that
 * somebody who types steadily does not see it change with every key. It may say less than is true, never more.
 */
export function useShownSaveState(live: Live<SaveState>): SaveState {
  const [shown, setShown] = useState(() => live.get())
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let before = live.get()
    const show = (next: SaveState) => {
      if (sameWords(before, next)) return
      before = next
      setShown(next)
    }
    const onChange = () => {
      const next = live.get()
      clearTimeout(timer)
      const isRelief = next.kind === 'saved' && before.kind !== 'saved' && before.kind !== 'connecting'
      if (isRelief) timer = setTimeout(() => show(live.get()), CALM_MS)
      else show(next)
    }
    onChange()
    const stop = live.subscribe(onChange)
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [live])
  return shown
}

function sameWords(a: SaveState, b: SaveState): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'saved' && b.kind === 'saved') return minuteOf(a.at) === minuteOf(b.at)
  if ('unsaved' in a && 'unsaved' in b) return a.kind === 'saving' || a.unsaved === b.unsaved
  return true
}

const minuteOf = (at: Date | null) => (at === null ? null : Math.floor(at.getTime() / 60_000))
