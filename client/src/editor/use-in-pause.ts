import { useEffect, useRef, useState } from 'react'

/** Between two keys of somebody who goes on typing, milliseconds, at most. */
const PAUSE_MS = 1500
const TYPING = ['keydown', 'beforeinput', 'compositionstart', 'compositionend'] as const

/**
 * For what wants to take the focus by itself: true from the first pause on, for as long as it is wanted. No pause is while
 * keys come one after the other, and while an input method composes, however long its candidates are looked at.
 */
export function useInPause(wanted: boolean): boolean {
  const typing = useRef<{ at: number; composingIn: EventTarget | null }>({ at: -Infinity, composingIn: null })
  const [isReached, setReached] = useState(false)
  if (!wanted && isReached) setReached(false)

  useEffect(() => {
    const typed = (event: Event) => {
      const isComposing = 'isComposing' in event ? event.isComposing === true : event.type === 'compositionstart'
      typing.current = { at: performance.now(), composingIn: isComposing ? event.target : null }
    }
    for (const type of TYPING) document.addEventListener(type, typed, true)
    return () => {
      for (const type of TYPING) document.removeEventListener(type, typed, true)
    }
  }, [])

  useEffect(() => {
    if (!wanted) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      const { at, composingIn } = typing.current
      // A field may be taken away in the middle of a composition, which then never ends.
      const isComposing = composingIn instanceof Node && composingIn.isConnected
      const rest = isComposing ? PAUSE_MS : at + PAUSE_MS - performance.now()
      if (rest <= 0) setReached(true)
      else timer = setTimeout(look, rest)
    }
    look()
    return () => clearTimeout(timer)
  }, [wanted])

  return wanted && isReached
}
