import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'

export interface MenuItem {
  readonly key: string
  readonly label: string
  readonly current?: boolean
  readonly run: () => void
}

export interface MenuButtonProps {
  readonly label: ReactNode
  readonly name?: string
  readonly className?: string
  readonly disabled?: boolean
  readonly items: readonly MenuItem[]
}

/** A button that opens a short list of choices: arrows move, Enter picks, Esc closes. */
export function MenuButton({ label, name, className = 'btn', disabled = false, items }: MenuButtonProps) {
  const [open, setOpen] = useState(false)
  const place = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useCloseOutside({ place, open, close: () => setOpen(false) })
  useEffect(() => {
    if (!open) return
    const list = place.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]')
    const current = place.current?.querySelector<HTMLElement>('[aria-checked="true"]')
    ;(current ?? list?.[0])?.focus()
  }, [open])

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (!open) return
    const list = [...(place.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
    const at = list.indexOf(document.activeElement as HTMLElement)
    if (event.key === 'ArrowDown') list[(at + 1) % list.length]?.focus()
    else if (event.key === 'ArrowUp') list[(at - 1 + list.length) % list.length]?.focus()
    else if (event.key === 'Escape') {
      setOpen(false)
      button.current?.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <span className="menu" role="presentation" ref={place} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={className}
        disabled={disabled}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={name}
        // The place of the cursor in the text shall not be lost to the button.
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => setOpen((now) => !now)}
      >
        {label} <span className="caret">▾</span>
      </button>
      {open ? (
        <ul className="popup" role="menu">
          {items.map((item) => (
            <li key={item.key} role="none">
              <button
                type="button"
                role={item.current === undefined ? 'menuitem' : 'menuitemradio'}
                aria-checked={item.current}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => {
                  setOpen(false)
                  item.run()
                }}
              >
                {item.label}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </span>
  )
}

export interface CloseOutside {
  readonly place: React.RefObject<HTMLElement | null>
  readonly open: boolean
  readonly close: () => void
}

/** Closes when somebody presses anywhere else. */
export function useCloseOutside({ place, open, close }: CloseOutside): void {
  useEffect(() => {
    if (!open) return undefined
    const onPress = (event: PointerEvent) => {
      if (!place.current?.contains(event.target as Node)) close()
    }
    document.addEventListener('pointerdown', onPress, true)
    return () => document.removeEventListener('pointerdown', onPress, true)
  })
}
