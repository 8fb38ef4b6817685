import { ROLE_NAMES, ROLES, type Role } from '@gongping/permissions'
import type { Mention } from '@gongping/protocol/http'
import { useEffect, useId, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { errorMessage } from '../app/api.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { Draft } from './drafts.ts'
import type { ReviewDesk } from './review-desk.ts'
import type { NewReply, Written } from './review-api.ts'
import { reviewWords } from './words.ts'

export interface WriterProps {
  readonly desk: ReviewDesk
  readonly label: string
  readonly send: string
  /** What is typed is kept under this key until it is sent. */
  readonly draftKey: string
  readonly initial?: Written
  /** Kept with the text. */
  readonly about?: Pick<Draft, 'anchor' | 'visibility'>
  readonly focusAtOnce?: boolean
  readonly mayBeEmpty?: boolean
  /** Beside the buttons, e.g. who may see it. */
  readonly children?: ReactNode
  readonly onSend: (written: NewReply) => Promise<void>
  /** It was sent, and nothing was typed meanwhile. */
  readonly onSent?: () => void
  readonly onCancel?: () => void
}

/** A field for a comment: @ names somebody, Ctrl+Enter sends, Enter alone never does. */
export function Writer(props: WriterProps) {
  const { desk, label, send, draftKey, initial, about, focusAtOnce = false, mayBeEmpty = false, children } = props
  const words = useWords(reviewWords)
  const message = useMessage()
  const members = useLive(desk.session.detail).members
  const begun = initial?.text ?? ''
  const text = useLive(desk.drafts.all).get(draftKey)?.text ?? begun
  const sending = useLive(desk.drafts.sendings).get(draftKey)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [at, setAt] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  const id = useId()

  const everybody: readonly Addressee[] = [
    ...ROLES.map((role) => ({ mention: { kind: 'role' as const, id: role }, name: message(ROLE_NAMES[role]), role })),
    ...members.map(({ userId, displayName, role }) => ({
      mention: { kind: 'member' as const, id: userId },
      name: displayName,
      role,
    })),
  ]
  const known = everybody.filter(({ name }, index) => everybody.findIndex((one) => one.name === name) === index)
  const matching = asked === null ? [] : known.filter(({ name }) => name.includes(asked.text)).slice(0, 8)

  useEffect(() => {
    if (focusAtOnce) field.current?.focus()
  }, [focusAtOnce])

  const change = (next: string) => {
    const isBlank = next === begun && (about?.visibility ?? 'public') === 'public'
    desk.drafts.keep(draftKey, isBlank ? null : { ...about, text: next })
  }
  const lookForName = () => {
    const element = field.current
    if (!element) return
    const before = element.value.slice(0, element.selectionStart)
    const sign = Math.max(before.lastIndexOf('@'), before.lastIndexOf('＠'))
    const typed = sign < 0 ? '' : before.slice(sign + 1)
    setAsked(sign >= 0 && typed.length <= 20 && !/\s/.test(typed) ? { from: sign, text: typed } : null)
    setAt(0)
  }
  const choose = (one: Addressee) => {
    const element = field.current
    if (asked === null || !element) return
    const next = `${text.slice(0, asked.from)}@${one.name} ${text.slice(element.selectionStart)}`
    const caret = asked.from + one.name.length + 2
    change(next)
    setAsked(null)
    requestAnimationFrame(() => {
      element.focus()
      element.setSelectionRange(caret, caret)
    })
  }
  const submit = async () => {
    if (text.trim() === '' && !mayBeEmpty) return
    const mentions = known
      .filter(({ name }) => text.includes(`@${name}`))
      // A name that is only the beginning of a longer one that was meant.
      .filter(({ name }, _index, all) => !all.some((other) => other.name !== name && hides(text, other.name, name)))
      .map(({ mention }): Mention => ({ ...mention }))
    const isDone = await desk.drafts.send(draftKey, text, (sendId) =>
      props.onSend({ id: sendId, text: text.trim(), mentions }),
    )
    if (isDone) props.onSent?.()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      return void submit()
    }
    if (matching.length > 0) {
      if (event.key === 'ArrowDown') setAt((at + 1) % matching.length)
      else if (event.key === 'ArrowUp') setAt((at - 1 + matching.length) % matching.length)
      else if (event.key === 'Enter' || event.key === 'Tab') choose(matching[at]!)
      else if (event.key === 'Escape') setAsked(null)
      else return
      event.preventDefault()
      event.stopPropagation()
    } else if (event.key === 'Escape' && props.onCancel) {
      event.stopPropagation()
      props.onCancel()
    }
  }

  return (
    <div className="writer">
      <textarea
        ref={field}
        className="input"
        rows={2}
        aria-label={label}
        placeholder={label}
        maxLength={5000}
        value={text}
        aria-autocomplete="list"
        aria-controls={matching.length > 0 ? id : undefined}
        aria-activedescendant={matching.length > 0 ? `${id}-${at}` : undefined}
        onChange={(event) => {
          change(event.target.value)
          lookForName()
        }}
        onClick={lookForName}
        onBlur={() => setAsked(null)}
        onKeyDown={onKeyDown}
      />
      {matching.length > 0 ? (
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the field keeps the focus
        <div className="addressees" id={id} role="listbox" aria-label={words.mentionWhom}>
          {matching.map((one, index) => (
            // The keys of the field move through the list.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={`${one.mention.kind}-${one.mention.id}`}
              id={`${id}-${index}`}
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- as above
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(one)}
            >
              <RoleAvatar role={one.role} small /> {one.name}
              {one.mention.kind === 'role' ? <span className="kind">{words.wholeRole}</span> : null}
            </div>
          ))}
        </div>
      ) : null}
      {typeof sending === 'object' ? (
        <p className="notice error" role="alert">
          {message(errorMessage(sending.problem))}
        </p>
      ) : null}
      <div className="writer-foot">
        {children}
        <span className="grow" />
        {props.onCancel ? (
          <button type="button" className="btn small" onClick={props.onCancel}>
            {words.cancel}
          </button>
        ) : null}
        <button
          type="button"
          className="btn small primary"
          title="Ctrl+Enter"
          disabled={sending === 'sending' || (text.trim() === '' && !mayBeEmpty)}
          onClick={() => void submit()}
        >
          {send}
        </button>
      </div>
    </div>
  )
}

interface Addressee {
  readonly mention: { readonly kind: 'member' | 'role'; readonly id: string }
  readonly name: string
  readonly role: Role
}

/** What was typed after an @, and where the @ stands. */
interface Asked {
  readonly from: number
  readonly text: string
}

/** Every place where the shorter name is mentioned is one where the longer one is. */
function hides(text: string, longer: string, shorter: string): boolean {
  if (!longer.startsWith(shorter)) return false
  return text.split(`@${longer}`).every((rest) => !rest.includes(`@${shorter}`))
}
