import type { LexicalEditor } from 'lexical'
import { useEffect, useRef, useState } from 'react'
import { useWords } from '../app/language.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { factChoices, insertField, scoreChoices, type FieldChoice } from './insert-fields.ts'
import { useCloseOutside } from './menu-button.tsx'
import { editorWords } from './words.ts'

export interface FieldMenuProps {
  readonly session: EditorSession
  readonly editor: LexicalEditor
  readonly disabled: boolean
  readonly kind: 'score' | 'fact'
}

/** Inserts a live number: a list to search, arrows and Enter to pick. */
export function FieldMenu({ session, editor, disabled, kind }: FieldMenuProps) {
  const words = useWords(editorWords)
  const [open, setOpen] = useState(false)
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const place = useRef<HTMLSpanElement>(null)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (open) input.current?.focus()
  }, [open])
  useCloseOutside({ place, open, close: () => setOpen(false) })
  const all =
    kind === 'score'
      ? scoreChoices(session.template, 'self', { total: words.total, grade: words.gradeField })
      : factChoices(session.template)
  const choices = open ? all.filter((choice) => choice.name.includes(query.trim())) : []

  const insert = (choice: FieldChoice | undefined) => {
    if (!choice) return
    setOpen(false)
    insertField(editor, choice.ref)
    editor.focus()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (!open || event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      setOpen(false)
      editor.focus()
    } else if (event.key === 'ArrowDown') setAt(Math.min(choices.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') insert(choices[at])
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const label = kind === 'score' ? words.insertScore : words.insertFact
  const hint = kind === 'score' ? words.insertScoreHint : words.insertFactHint
  return (
    <span className="menu" role="presentation" ref={place} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="tool"
        title={hint}
        aria-label={`${words.insertField}：${label}`}
        aria-haspopup="true"
        aria-expanded={open}
        disabled={disabled}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => {
          setQuery('')
          setAt(0)
          setOpen((now) => !now)
        }}
      >
        ＋ {label} <span className="caret">▾</span>
      </button>
      {open ? (
        <section className="popup fields" aria-label={`${words.insertField}：${label}`}>
          <input
            className="input"
            placeholder={words.search}
            aria-label={words.search}
            value={query}
            ref={input}
            onChange={(event) => {
              setQuery(event.target.value)
              setAt(0)
            }}
          />
          <ul aria-label={hint}>
            {choices.map((choice, index) => (
              <li key={`${choice.ref.kind}-${keyOf(choice)}`}>
                <button
                  type="button"
                  tabIndex={-1}
                  aria-current={index === at}
                  style={{ paddingInlineStart: 10 + choice.depth * 14 }}
                  ref={(element) => {
                    if (index === at) element?.scrollIntoView({ block: 'nearest' })
                  }}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => insert(choice)}
                >
                  {choice.name}
                </button>
              </li>
            ))}
          </ul>
          {choices.length === 0 ? <p>{words.nothingFound}</p> : null}
        </section>
      ) : null}
    </span>
  )
}

const keyOf = ({ ref }: FieldChoice) => (ref.kind === 'fact' ? ref.key : `${ref.indicatorId ?? 'total'}-${ref.form}`)
