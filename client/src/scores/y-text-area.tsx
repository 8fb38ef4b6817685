import { cleanText } from '@gongping/report-doc'
import { useEffect, useLayoutEffect, useRef } from 'react'
import type { KeyboardEvent } from 'react'
import type * as Y from 'yjs'
import { changeBetween, mapPosition, rebase } from './text-change.ts'
import type { TextChange, TextDelta } from './text-change.ts'

interface Props {
  readonly id: string
  readonly text: Y.Text
  /** Marks the edits as this person's own, for undo. */
  readonly origin: unknown
  readonly readOnly: boolean
  readonly title?: string | undefined
  readonly describedBy?: string | undefined
  readonly rows?: number
  readonly invalid?: boolean
  onUndo(): void
  onRedo(): void
  onFocus?(): void
  onBlur?(): void
}

/**
 * A text area bound to a shared text. Every keystroke becomes the smallest change; edits of others appear at once and
 * leave the caret where it was. While an input method is composing the field is left alone: what the others did
 * meanwhile and what was composed are joined when it ends.
 */
export function YTextArea({ id, text, origin, readOnly, title, describedBy, rows = 2, invalid = false, ...on }: Props) {
  const area = useRef<HTMLTextAreaElement>(null)
  /** The text as it was when composing began, and what others changed since. */
  const composing = useRef<{ base: string; deltas: TextDelta[] } | null>(null)

  useLayoutEffect(() => {
    const element = area.current!
    element.value = text.toString()
    const observer = (event: Y.YTextEvent, transaction: Y.Transaction) => {
      if (transaction.local && transaction.origin === origin) return
      const delta = event.delta as TextDelta
      if (composing.current) composing.current.deltas.push(delta)
      else showRemote(element, text.toString(), delta)
    }
    text.observe(observer)
    return () => {
      // The field may be taken away in the middle of a composition; what stands in it must not be lost.
      const pending = composing.current
      composing.current = null
      if (pending) writeComposed(pending, element)
      text.unobserve(observer)
    }
    // Another text means another field: the caller gives it a key.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [text, origin])

  useEffect(() => {
    const element = area.current!
    // React has no event for it before the change, and the browser's own undo knows nothing of the others' edits.
    const beforeInput = (event: InputEvent) => {
      if (event.inputType === 'historyUndo') {
        event.preventDefault()
        on.onUndo()
      } else if (event.inputType === 'historyRedo') {
        event.preventDefault()
        on.onRedo()
      }
    }
    element.addEventListener('beforeinput', beforeInput)
    return () => element.removeEventListener('beforeinput', beforeInput)
  })

  function writeComposed({ base, deltas }: { base: string; deltas: TextDelta[] }, element: HTMLTextAreaElement) {
    const change = changeBetween(base, element.value, element.selectionEnd)
    if (change) write(rebase(change, deltas))
  }

  function write(changes: readonly TextChange[]) {
    if (changes.length === 0 || !text.doc) return
    text.doc.transact(() => {
      for (const { index, remove, insert } of changes) {
        if (remove) text.delete(index, remove)
        if (insert) text.insert(index, cleanText(insert))
      }
    }, origin)
  }

  function onInput(element: HTMLTextAreaElement) {
    if (composing.current || readOnly) return
    const change = changeBetween(text.toString(), element.value, element.selectionEnd)
    if (change) write([change])
  }

  function endComposition(element: HTMLTextAreaElement) {
    const pending = composing.current
    if (!pending) return
    composing.current = null
    const caret = element.selectionEnd
    const change = changeBetween(pending.base, element.value, caret)
    const changes = change ? rebase(change, pending.deltas) : []
    write(changes)
    if (pending.deltas.length === 0) return
    const insertion = changes.at(-1)
    element.value = text.toString()
    const after = insertion?.insert ? insertion.index + insertion.insert.length : Math.min(caret, element.value.length)
    element.setSelectionRange(after, after)
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    event.stopPropagation()
    if (event.nativeEvent.isComposing || !(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key !== 'z' && key !== 'y') return
    event.preventDefault()
    if (readOnly) return
    if (key === 'y' || event.shiftKey) on.onRedo()
    else on.onUndo()
  }

  return (
    <textarea
      ref={area}
      id={id}
      className="input text-area"
      rows={rows}
      readOnly={readOnly}
      title={title}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      onInput={(event) => onInput(event.currentTarget)}
      onCompositionStart={() => (composing.current = { base: text.toString(), deltas: [] })}
      onCompositionEnd={(event) => endComposition(event.currentTarget)}
      onKeyDown={onKeyDown}
      onFocus={on.onFocus}
      onBlur={(event) => {
        endComposition(event.currentTarget)
        on.onBlur?.()
      }}
    />
  )
}

function showRemote(element: HTMLTextAreaElement, value: string, delta: TextDelta) {
  const { selectionStart, selectionEnd, selectionDirection, scrollTop } = element
  element.value = value
  element.setSelectionRange(
    mapPosition(delta, selectionStart, { stay: true }),
    mapPosition(delta, selectionEnd, { stay: true }),
    selectionDirection,
  )
  element.scrollTop = scrollTop
}
