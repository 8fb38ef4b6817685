import { setFact } from '@gongping/report-doc'
import { listRowKeys } from '@gongping/scoring'
import type { DataField } from '@gongping/scoring'
import { useState } from 'react'
import { useWords } from '../app/language.ts'
import { useSelected } from '../app/use-selected.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { FactInput } from './fact-input.tsx'
import { planFactPaste, type FactPasteProblem } from './fact-paste.ts'
import { PasteProblems } from './paste-problems.tsx'
import { scoreDesk } from './score-desk.ts'
import { scoreWords } from './words.ts'

interface Props {
  readonly session: ReportSession
  readonly field: DataField
  readonly lock: string | null
  readonly faulty: ReadonlySet<string>
}

/** A table of facts: rows named by the template, or rows people add themselves. */
export function FactTable({ session, field, lock, faulty }: Props) {
  const words = useWords(scoreWords)
  const desk = scoreDesk(session)
  const facts = useSelected(session.data, (data) => data.facts)
  // A row without any content is nowhere in the document yet.
  const [added, setAdded] = useState<readonly string[]>([])
  const [problems, setProblems] = useState<readonly FactPasteProblem[]>([])
  const fixed = field.rows.length > 0
  const stored = fixed ? field.rows.map((row) => row.key) : listRowKeys(facts, field.key)
  const rows = [...stored, ...added.filter((row) => !stored.includes(row))]
  const labels = new Map(field.rows.map((row) => [row.key, row.label]))

  function write(cells: readonly { row: string; column: string; value: number | string | null }[]) {
    const doc = session.docs.self
    desk.endUndoStep()
    doc.transact(() => {
      for (const { row, column, value } of cells) {
        setFact({ doc, origin: desk.origin, key: `${field.key}.${row}.${column}`, value })
      }
    }, desk.origin)
    desk.endUndoStep()
  }

  function remove(row: string) {
    setAdded(added.filter((one) => one !== row))
    write(field.columns.map(({ key }) => ({ row, column: key, value: null })))
  }

  function onPaste(event: React.ClipboardEvent) {
    const input = event.target
    if (lock !== null || !(input instanceof HTMLInputElement)) return
    const [row = '', column] = (input.dataset['fact'] ?? '').slice(field.key.length + 1).split('.')
    const plan = planFactPaste(event.clipboardData.getData('text/plain'), {
      field,
      row: rows.indexOf(row),
      column: field.columns.findIndex(({ key }) => key === column),
      rows: rows.length,
      mayGrow: !fixed,
    })
    if (plan === null) return
    event.preventDefault()
    if (!plan.ok) return setProblems(plan.problems)
    setProblems([])
    // What was being typed in the cell comes before what is pasted over it.
    input.blur()
    input.focus()
    const last = Math.max(...plan.writes.map((one) => one.row))
    const all = [...rows, ...Array.from({ length: Math.max(0, last + 1 - rows.length) }, (_, n) => newRowKey(n))]
    write(plan.writes.map(({ row: at, column: key, value }) => ({ row: all[at]!, column: key, value })))
  }

  return (
    <div className="fact-table" onPaste={onPaste}>
      <PasteProblems lines={problems.map((one) => pasteText(words, one))} onDismiss={() => setProblems([])} />
      {rows.length === 0 ? (
        <p className="hint">{words.noRows}</p>
      ) : (
        <table className="num">
          <thead>
            <tr>
              <th scope="col">{fixed ? '' : words.rowNumber}</th>
              {field.columns.map((column) => (
                <th key={column.key} scope="col" className={column.type === 'text' ? undefined : 'n'}>
                  {column.label}
                </th>
              ))}
              {fixed ? null : (
                <th scope="col">
                  <span className="visually-hidden">{words.rowActions}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={row}>
                <th scope="row">{labels.get(row) ?? at + 1}</th>
                {field.columns.map((column) => {
                  const factKey = `${field.key}.${row}.${column.key}`
                  return (
                    <td key={column.key} className={column.type === 'text' ? undefined : 'n'}>
                      <FactInput
                        session={session}
                        factKey={factKey}
                        type={column.type}
                        unit={field.unit}
                        label={`${labels.get(row) ?? at + 1} ${column.label}`}
                        lock={lock}
                        missing={faulty.has(factKey)}
                      />
                    </td>
                  )
                })}
                {fixed ? null : (
                  <td className="row-action">
                    {lock === null ? (
                      <button
                        type="button"
                        className="btn plain"
                        aria-label={words.removeRow({ n: at + 1 })}
                        title={words.removeRow({ n: at + 1 })}
                        onClick={() => remove(row)}
                      >
                        ×
                      </button>
                    ) : null}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {fixed || lock !== null ? null : (
        <button type="button" className="btn small" onClick={() => setAdded([...added, newRowKey()])}>
          ＋ {words.addRow}
        </button>
      )}
    </div>
  )
}

function pasteText(words: (typeof scoreWords)['zh'], problem: FactPasteProblem): string {
  switch (problem.kind) {
    case 'tooLong':
      return words.pasteTooLong(problem)
    case 'tooWide':
      return words.pasteTooWide
    case 'line':
      return words.pasteLine({ line: problem.line, text: problem.text, problem: words.factInvalid[problem.problem] })
  }
}

/**
 * Rows are shown in the order of their keys; two people adding one at once get two.
 *
 * @param nth of several that are added at once
 */
function newRowKey(nth = 0): string {
  return `r${(Date.now() + nth).toString(36)}${Math.floor(Math.random() * 46_656)
    .toString(36)
    .padStart(3, '0')}`
}
