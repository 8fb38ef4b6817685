import { memo } from 'react'
import { useWords } from '../app/language.ts'
import { type Piece, type ShownLine, type ShownRow, changesOnly } from './change-model.ts'
import { versionWords } from './words.ts'

interface ComparisonTextProps {
  readonly lines: readonly ShownLine[]
  readonly showsAll: boolean
  /** The change the reader is at; -1 for none. */
  readonly at: number
  /** Sections that can be restored; null when nothing can. */
  readonly restorable: ReadonlySet<string> | null
  readonly onRestore: (sectionId: string, section: string) => void
  readonly onHistory: (sectionId: string, section: string) => void
}

/** The text of both versions in one: what was added in the colour of who added it, what was deleted struck out. */
export function ComparisonText({ lines, showsAll, at, restorable, onRestore, onHistory }: ComparisonTextProps) {
  const words = useWords(versionWords)
  const rows: readonly ShownRow[] = showsAll ? lines.map((line) => ({ type: 'line', line })) : changesOnly(lines)
  const hasChanges = lines.some(({ pieces }) => pieces.some(({ place }) => place !== null))
  return (
    <article className="compared-sheet">
      {hasChanges ? null : <p className="no-change">{words.noPlaces}</p>}
      {rows.map((row) =>
        row.type === 'gap' ? (
          <p key={row.key} className="gap">
            {words.unchangedLines({ n: row.count })}
          </p>
        ) : (
          <Line
            key={row.line.key}
            line={row.line}
            at={row.line.pieces.some(({ place }) => place === at) ? at : -1}
            isChanged={restorable?.has(row.line.sectionId) ?? false}
            tools={
              row.line.kind === 'heading' ? (
                <span className="line-tools">
                  {row.line.fromSectionId !== null && restorable?.has(row.line.sectionId) ? (
                    <button
                      type="button"
                      className="btn small"
                      onClick={() => onRestore(row.line.fromSectionId ?? '', row.line.section)}
                    >
                      {words.restoreSection}
                    </button>
                  ) : null}
                  <button
                    type="button"
                    className="btn small"
                    aria-label={words.historyOf({ name: row.line.section })}
                    onClick={() => onHistory(row.line.sectionId, row.line.section)}
                  >
                    {words.history}
                  </button>
                </span>
              ) : null
            }
          />
        ),
      )}
    </article>
  )
}

const Line = memo(
  function Line(props: { line: ShownLine; at: number; isChanged: boolean; tools: React.ReactNode }) {
    const { line, at, isChanged, tools } = props
    const content = line.pieces.map((piece, index) => (
      // Pieces of a line have no identity of their own; they change as a whole.
      <PieceText key={index} piece={piece} isAt={piece.place !== null && piece.place === at} />
    ))
    const className = `${line.kind}${line.level > 0 ? ` level-${line.level}` : ''} ${line.op}`
    if (line.kind !== 'heading') return <p className={className}>{content}</p>
    const Heading = HEADINGS[line.level - 1] ?? 'h6'
    return (
      <div className={isChanged ? 'heading-line changed' : 'heading-line'}>
        <Heading className={className}>
          {line.number}
          {content}
        </Heading>
        {tools}
      </div>
    )
  },
  (before, after) => before.line === after.line && before.at === after.at && before.isChanged === after.isChanged,
)

const HEADINGS = ['h2', 'h3', 'h4', 'h5', 'h6'] as const

function PieceText({ piece, isAt }: { piece: Piece; isAt: boolean }) {
  const words = useWords(versionWords)
  const { op, text, by, role, place } = piece
  if (op === 'equal') return text
  const title =
    by === null ? words.byField : op === 'insert' ? words.insertedBy({ name: by }) : words.deletedBy({ name: by })
  const mark = place === null ? {} : { 'data-change': place }
  const className = `${by === null ? 'field' : (role ?? 'admin')}${isAt ? ' at' : ''}${place === null ? ' faded' : ''}`
  return op === 'insert' ? (
    <ins className={className} title={title} {...mark}>
      {text || '¶'}
    </ins>
  ) : (
    <del className={className} title={title} {...mark}>
      {text || '¶'}
    </del>
  )
}
