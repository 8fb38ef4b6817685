import { may } from '@gongping/permissions'
import { setCover } from '@gongping/report-doc'
import type { CoverField } from '@gongping/scoring'
import { useEffect, useId, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useReview } from '../review/review-context.ts'
import type { EditorSession, Leaving } from '../sync/report-session.ts'
import { useOnLeaving } from '../sync/use-on-leaving.ts'
import { useSelected } from '../app/use-selected.ts'
import { editorWords } from './words.ts'

export interface CoverBlockProps {
  readonly session: EditorSession
  readonly place: RefObject<HTMLElement | null>
  readonly hidden: boolean
}

/** The cover of the report: fields of the part `self`, which only the filler writes. */
export function CoverBlock({ session, place, hidden }: CoverBlockProps) {
  const words = useWords(editorWords)
  const message = useMessage()
  const pen = useLive(session.pen)
  const state = useLive(session.state)
  const loaded = useLive(session.loaded)
  const detail = useLive(session.detail)
  const storedTitle = useSelected(session.data, ({ cover }) => cover.get(TITLE))
  const storedMark = useSelected(session.data, ({ cover }) => cover.get(MARK))
  const mayWrite = pen.self && loaded.self
  const title = session.template.cover.find(({ key }) => key === TITLE)
  const mark = session.template.cover.find(({ key }) => key === MARK)
  const rows = session.template.cover.filter((field) => field !== title && field !== mark)
  const verdict = may(
    { roles: detail.roles, isAdmin: session.me.role === 'admin' },
    { action: 'write', part: 'self' },
    state,
  )
  const whyNot = mayWrite || verdict.ok ? undefined : `${words.coverLocked}：${message(verdict.message)}`
  return (
    <section className="cover" ref={place} aria-label={words.coverFields} title={whyNot} hidden={hidden}>
      {mark && (mayWrite || storedMark) ? <CoverRow session={session} field={mark} mayWrite={mayWrite} /> : null}
      <p className="cover-title">{title?.fixed ?? storedTitle ?? words.coverTitle}</p>
      <div className="cover-fields">
        {rows.map((field) => (
          <CoverRow key={field.key} session={session} field={field} mayWrite={mayWrite} />
        ))}
      </div>
    </section>
  )
}

/** Cover keys with a place of their own: the title in the middle, 附件4 in the corner above it. */
const TITLE = 'title'
const MARK = 'attachmentMark'

/** Milliseconds after the last key until a value is stored; on leaving the field it is stored at once. */
const STORE_AFTER_MS = 400

function CoverRow({ session, field, mayWrite }: { session: EditorSession; field: CoverField; mayWrite: boolean }) {
  const words = useWords(editorWords)
  const id = useId()
  const stored = useSelected(session.data, ({ cover }) => cover.get(field.key)) ?? field.fixed ?? ''
  /** What is being typed; null while the field shows what is stored. */
  const [draft, setDraft] = useState<string | null>(null)
  const pending = useRef<string | null>(null)
  const storeNow = useOnLeaving(session, store)

  useEffect(() => {
    if (draft === null) return undefined
    const timer = setTimeout(() => storeNow('going'), STORE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [draft, storeNow])

  function store(why: Leaving): void {
    if (pending.current === null || (!mayWrite && why !== 'aside')) return
    setCover({ doc: session.docs.self, origin: COVER_ORIGIN, key: field.key, value: pending.current })
    pending.current = null
  }

  const leave = () => {
    // Somebody else has the pen by now: what was typed stays to be copied.
    if (pending.current !== null && !mayWrite) return
    if (pending.current !== null) {
      setCover({ doc: session.docs.self, origin: COVER_ORIGIN, key: field.key, value: pending.current.trim() })
    }
    pending.current = null
    setDraft(null)
  }
  return (
    <div className="cover-row" data-cover={field.key}>
      <label htmlFor={id}>{field.seal ? field.label.replace(SEAL, '') : field.label}</label>
      {(mayWrite || draft !== null) && field.fixed === null ? (
        <textarea
          id={id}
          rows={1}
          value={draft ?? stored}
          readOnly={!mayWrite}
          aria-invalid={!mayWrite}
          placeholder={field.key === MARK ? field.label : words.notFilled}
          maxLength={200}
          autoComplete="off"
          required={field.required}
          onChange={(event) => {
            // A name copied out of a document may bring line breaks along.
            const typed = event.target.value.replace(/\s*[\r\n]+\s*/g, '')
            pending.current = typed
            setDraft(typed)
          }}
          onBlur={leave}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && !mayWrite) {
              pending.current = null
              setDraft(null)
            }
            if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
            event.preventDefault()
            event.currentTarget.blur()
          }}
        />
      ) : (
        <output id={id} className={stored === '' ? 'blank' : undefined}>
          {stored === '' ? words.notFilled : stored}
        </output>
      )}
      {mayWrite || draft === null ? null : (
        <span className="field-problem" role="alert">
          {words.coverNotSaved}
        </span>
      )}
      {field.seal ? <span className="seal">{SEAL}</span> : null}
      <CoverComment field={field} />
    </div>
  )
}

/** Shown when the row is pointed at or has the focus. */
function CoverComment({ field }: { field: CoverField }) {
  const words = useWords(editorWords)
  const review = useReview()
  if (review === null) return null
  return (
    <button
      type="button"
      className="cover-comment"
      title={`${words.commentOn}：${field.label}`}
      onClick={() => review.comment({ kind: 'cover', key: field.key })}
    >
      {words.commentOn}
    </button>
  )
}

const COVER_ORIGIN = 'cover'
const SEAL = '（公章）'
