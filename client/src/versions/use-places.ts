import { useCallback, useEffect, useState } from 'react'

/** Goes through the changes of the text: by button, and by Alt+↓ and Alt+↑. */
export function usePlaces(count: number): { readonly at: number; go(step: 1 | -1): void } {
  const [at, setAt] = useState(-1)
  const shown = at < count ? at : -1
  const go = useCallback(
    (step: 1 | -1) => {
      if (count === 0) return
      setAt((before) => {
        const from = before < 0 && step < 0 ? 0 : before
        return (from + step + count) % count
      })
    },
    [count],
  )
  useEffect(() => {
    if (shown >= 0) document.querySelector(`[data-change="${shown}"]`)?.scrollIntoView({ block: 'center' })
  }, [shown])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.isComposing || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return
      event.preventDefault()
      go(event.key === 'ArrowDown' ? 1 : -1)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [go])
  return { at: shown, go }
}
