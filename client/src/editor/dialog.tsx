import { useEffect, useEffectEvent, useId, useRef } from 'react'
import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'
import './dialog.css'

export interface DialogProps {
  readonly title: string
  readonly children: ReactNode
  readonly wide?: boolean
  /** Without it the dialog can't be dismissed with Esc. */
  readonly onClose?: () => void
}

/** The open dialogs, the one in front last. */
const open: HTMLDialogElement[] = []

/**
 * A modal dialog: the browser keeps the focus inside and gives it back. It takes no style from where it was opened. Esc
 * belongs to the one in front alone: left to the browser, one key would close also what lies behind a dialog that came up
 * by itself, and of two keys in a row only the first could be kept off.
 */
export function Dialog({ title, children, wide = false, onClose }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const onEscape = useEffectEvent(() => onClose?.())
  useEffect(() => {
    const dialog = element.current
    if (!dialog) return undefined
    dialog.showModal()
    // The browser chooses the first field, also one that is only there to be read.
    dialog.querySelector<HTMLElement>('input:not([readonly]), textarea:not([readonly])')?.focus()
    open.push(dialog)
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || open.at(-1) !== dialog) return
      event.preventDefault()
      onEscape()
    }
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      open.splice(open.indexOf(dialog), 1)
      dialog.close()
    }
  }, [])
  return createPortal(
    <dialog ref={element} className={wide ? 'dialog wide' : 'dialog'} aria-labelledby={titleId}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>,
    document.body,
  )
}
