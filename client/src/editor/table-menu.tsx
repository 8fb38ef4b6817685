import { $createTableNodeWithDimensions } from '@lexical/table'
import { $insertNodeToNearestRoot } from '@lexical/utils'
import { $createParagraphNode, type LexicalEditor } from 'lexical'
import { useEffect, useRef, useState } from 'react'
import { useWords } from '../app/language.ts'
import { useCloseOutside } from './menu-button.tsx'
import { editorWords } from './words.ts'

const MOST_ROWS = 8
const MOST_COLUMNS = 8

/** Inserts a table of a size picked from a grid; arrows and Enter work as well as the mouse. */
export function TableMenu({ editor, disabled }: { editor: LexicalEditor; disabled: boolean }) {
  const words = useWords(editorWords)
  const [size, setSize] = useState<{ rows: number; columns: number } | null>(null)
  const place = useRef<HTMLSpanElement>(null)
  const popup = useRef<HTMLElement>(null)
  const open = size !== null
  useEffect(() => {
    if (open) popup.current?.focus()
  }, [open])
  useCloseOutside({ place, open, close: () => setSize(null) })

  const insert = (rows: number, columns: number) => {
    setSize(null)
    editor.update(() => {
      const table = $createTableNodeWithDimensions(rows, columns, { rows: true, columns: false })
      $insertNodeToNearestRoot(table)
      if (table.getNextSibling() === null) table.insertAfter($createParagraphNode())
      table.getFirstDescendant()?.selectStart()
    })
    editor.focus()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (size === null) return
    const { rows, columns } = size
    if (event.key === 'Escape') {
      setSize(null)
      editor.focus()
    } else if (event.key === 'ArrowRight') setSize({ rows, columns: Math.min(MOST_COLUMNS, columns + 1) })
    else if (event.key === 'ArrowLeft') setSize({ rows, columns: Math.max(1, columns - 1) })
    else if (event.key === 'ArrowDown') setSize({ rows: Math.min(MOST_ROWS, rows + 1), columns })
    else if (event.key === 'ArrowUp') setSize({ rows: Math.max(1, rows - 1), columns })
    else if (event.key === 'Enter') insert(rows, columns)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <span className="menu" role="presentation" ref={place} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="tool"
        title={words.insertTable}
        aria-haspopup="true"
        aria-expanded={size !== null}
        disabled={disabled}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => setSize(size === null ? { rows: 3, columns: 3 } : null)}
      >
        ▦ {words.table} <span className="caret">▾</span>
      </button>
      {size ? (
        <section ref={popup} className="popup table-size" tabIndex={-1} aria-label={words.insertTable}>
          <div className="grid" aria-hidden="true">
            {Array.from({ length: MOST_ROWS * MOST_COLUMNS }, (_, index) => {
              const row = Math.floor(index / MOST_COLUMNS) + 1
              const column = (index % MOST_COLUMNS) + 1
              return (
                <button
                  type="button"
                  tabIndex={-1}
                  key={index}
                  aria-label={words.tableSize({ rows: row, columns: column })}
                  className={row <= size.rows && column <= size.columns ? 'in' : undefined}
                  onMouseEnter={() => setSize({ rows: row, columns: column })}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => insert(row, column)}
                />
              )
            })}
          </div>
          <output className="num">{words.tableSize(size)}</output>
        </section>
      ) : null}
    </span>
  )
}
