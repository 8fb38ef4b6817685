import { $setSectionLevel, SECTION_LEVELS, type SectionLevel } from '@gongping/report-doc/editor'
import {
  INSERT_ORDERED_LIST_COMMAND,
  INSERT_UNORDERED_LIST_COMMAND,
  REMOVE_LIST_COMMAND,
  type ListType,
} from '@lexical/list'
import {
  $deleteTableColumnAtSelection,
  $deleteTableRowAtSelection,
  $findTableNode,
  $insertTableColumnAtSelection,
  $insertTableRowAtSelection,
} from '@lexical/table'
import {
  $getSelection,
  FORMAT_ELEMENT_COMMAND,
  FORMAT_TEXT_COMMAND,
  REDO_COMMAND,
  UNDO_COMMAND,
  type ElementFormatType,
} from 'lexical'
import type { ReactNode } from 'react'
import { useWords } from '../app/language.ts'
import { later, NothingStandIn } from '../app/later.tsx'
import { ErrorBoundary } from '../app/state-pages.tsx'
import { useLive } from '../app/use-live.ts'
import type { ReviewDesk } from '../review/review-desk.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { FieldMenu } from './field-menu.tsx'
import { MenuButton, type MenuItem } from './menu-button.tsx'
import type { Paper } from './open-paper.ts'
import { TableMenu } from './table-menu.tsx'
import { editorWords } from './words.ts'

const ReviewTools = later(async () => (await import('../review/review-tools.tsx')).ReviewTools, {
  StandIn: NothingStandIn,
  afterPainting: true,
})

export interface ToolbarProps {
  readonly session: EditorSession
  readonly paper: Paper
  readonly review: ReviewDesk | null
}

export function Toolbar({ session, paper, review }: ToolbarProps) {
  const words = useWords(editorWords)
  const { editor } = paper
  const editable = useLive(paper.editable)
  const style = useLive(paper.style)
  const canUndo = useLive(paper.canUndo)
  const canRedo = useLive(paper.canRedo)

  const setStyle = (next: 'paragraph' | SectionLevel) => {
    editor.update(() => $setSectionLevel(next === 'paragraph' ? null : next))
    editor.focus()
  }
  const toggleList = (type: ListType) => {
    const insert = type === 'number' ? INSERT_ORDERED_LIST_COMMAND : INSERT_UNORDERED_LIST_COMMAND
    editor.dispatchCommand(style.list === type ? REMOVE_LIST_COMMAND : insert, undefined)
  }
  const styleName =
    style.style === null
      ? words.style
      : style.style === 'paragraph'
        ? words.paragraph
        : words.headingLevel({ level: style.style })

  return (
    <div className="toolbar" role="toolbar" aria-label={words.toolbar} aria-controls="report-text">
      <Tool
        name={words.undo}
        keys="Ctrl+Z"
        disabled={!editable || !canUndo}
        run={() => editor.dispatchCommand(UNDO_COMMAND, undefined)}
      >
        ↶ <span className="label">{words.undo}</span>
      </Tool>
      <Tool
        name={words.redo}
        keys="Ctrl+Y"
        disabled={!editable || !canRedo}
        run={() => editor.dispatchCommand(REDO_COMMAND, undefined)}
      >
        ↷ <span className="label">{words.redo}</span>
      </Tool>
      <i className="sep" />
      <MenuButton
        className="tool style"
        name={`${words.style}：${styleName}`}
        label={styleName}
        disabled={!editable || style.inTable || style.list !== null}
        items={[
          { key: 'p', label: words.paragraph, current: style.style === 'paragraph', run: () => setStyle('paragraph') },
          ...SECTION_LEVELS.map((level) => ({
            key: String(level),
            label: words.headingLevel({ level }),
            current: style.style === level,
            run: () => setStyle(level),
          })),
        ]}
      />
      <Tool
        name={words.bold}
        keys="Ctrl+B"
        pressed={style.bold}
        disabled={!editable}
        run={() => editor.dispatchCommand(FORMAT_TEXT_COMMAND, 'bold')}
      >
        <i className="glyph bold" /> <span className="label">{words.bold}</span>
      </Tool>
      <Tool
        name={words.underline}
        keys="Ctrl+U"
        pressed={style.underline}
        disabled={!editable}
        run={() => editor.dispatchCommand(FORMAT_TEXT_COMMAND, 'underline')}
      >
        <i className="glyph underline" /> <span className="label">{words.underline}</span>
      </Tool>
      <MenuButton
        className="tool"
        label={words.align}
        disabled={!editable}
        items={alignments(words).map(({ align, label }) => ({
          key: align,
          label,
          current: style.align === align,
          run: () => editor.dispatchCommand(FORMAT_ELEMENT_COMMAND, align),
        }))}
      />
      <i className="sep" />
      <Tool
        name={words.numberedList}
        pressed={style.list === 'number'}
        disabled={!editable}
        run={() => toggleList('number')}
      >
        ☰ {words.numberedList}
      </Tool>
      <Tool
        name={words.bulletList}
        pressed={style.list === 'bullet'}
        disabled={!editable}
        run={() => toggleList('bullet')}
      >
        • {words.bulletList}
      </Tool>
      {style.inTable ? (
        <MenuButton
          className="tool pressed"
          label={`▦ ${words.table}`}
          disabled={!editable}
          items={tableItems(paper, words)}
        />
      ) : (
        <TableMenu editor={editor} disabled={!editable} />
      )}
      <i className="sep" />
      <FieldMenu session={session} editor={editor} disabled={!editable} kind="score" />
      <FieldMenu session={session} editor={editor} disabled={!editable} kind="fact" />
      {review ? (
        <ErrorBoundary renderFallback={() => null}>
          <ReviewTools desk={review} />
        </ErrorBoundary>
      ) : null}
    </div>
  )
}

interface ToolProps {
  readonly name: string
  readonly keys?: string
  readonly pressed?: boolean
  readonly disabled: boolean
  readonly run: () => void
  readonly children: ReactNode
}

function Tool({ name, keys, pressed, disabled, run, children }: ToolProps) {
  return (
    <button
      type="button"
      className={pressed ? 'tool pressed' : 'tool'}
      title={keys ? `${name} (${keys})` : name}
      aria-label={name}
      aria-pressed={pressed}
      disabled={disabled}
      // The place of the cursor in the text shall not be lost to the button.
      onMouseDown={(event) => event.preventDefault()}
      onClick={run}
    >
      {children}
    </button>
  )
}

type EditorWords = (typeof editorWords)['zh']

const alignments = (words: EditorWords): readonly { align: ElementFormatType; label: string }[] => [
  { align: 'justify', label: words.alignJustify },
  { align: 'left', label: words.alignLeft },
  { align: 'center', label: words.alignCenter },
  { align: 'right', label: words.alignRight },
]

function tableItems({ editor }: Paper, words: EditorWords): readonly MenuItem[] {
  const item = (key: string, label: string, $change: () => void): MenuItem => ({
    key,
    label,
    run: () => editor.update($change),
  })
  return [
    item('row-above', words.rowAbove, () => $insertTableRowAtSelection(false)),
    item('row-below', words.rowBelow, () => $insertTableRowAtSelection(true)),
    item('column-left', words.columnLeft, () => $insertTableColumnAtSelection(false)),
    item('column-right', words.columnRight, () => $insertTableColumnAtSelection(true)),
    item('delete-row', words.deleteRow, () => $deleteTableRowAtSelection()),
    item('delete-column', words.deleteColumn, () => $deleteTableColumnAtSelection()),
    item('delete-table', words.deleteTable, () => {
      const node = $getSelection()?.getNodes()[0]
      const table = node && $findTableNode(node)
      table?.selectNext()
      table?.remove()
    }),
  ]
}
