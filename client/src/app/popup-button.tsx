import { useEffect, useRef, useState, type ReactNode } from 'react'

export interface PopupButtonProps {
  readonly className: string
  /** Said and shown on pointing; without it the content speaks for itself. */
  readonly name?: string
  readonly label: ReactNode
  /** What opens below the button. */
  readonly children: (close: () => void) => ReactNode
  /** Stands beside the button whether it is open or not. */
  readonly beside?: ReactNode
}

/** A button of the page head with a box below it: a press elsewhere closes it, so does Esc. */
export function PopupButton({ className, name, label, children, beside }: PopupButtonProps) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return undefined
    const onPress = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      setOpen(false)
      button.current?.focus()
    }
    document.addEventListener('pointerdown', onPress)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('pointerdown', onPress)
      document.removeEventListener('keydown', onKey)
    }
  }, [open])
  return (
    <div className={className} ref={box}>
      <button
        ref={button}
        type="button"
        aria-expanded={open}
        aria-label={name}
        title={name}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open ? children(() => setOpen(false)) : null}
      {beside}
    </div>
  )
}
