import { useEffect, useId, useRef } from 'react'
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

/** A modal dialog: the browser keeps the focus inside and gives it back. It takes no style from where it was opened. */
export function Dialog({ title, children, wide = false, onClose }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // The browser chooses the first field, also one that is only there to be read.
    dialog?.querySelector<HTMLElement>('input:not([readonly]), textarea:not([readonly])')?.focus()
    return () => dialog?.close()
  }, [])
  return createPortal(
    <dialog
      ref={element}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      // Of two Esc in a row a browser lets only the first be prevented.
      onClose={() => {
        if (onClose) onClose()
        else if (element.current?.isConnected) element.current.showModal()
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>,
    document.body,
  )
}
