import { $isSectionHeadingNode, $setSectionLevel, SECTION_LEVELS } from '@gongping/report-doc/editor'
import { $isListItemNode } from '@lexical/list'
import { $insertTableRowAtSelection, $isTableCellNode, type TableCellNode, type TableRowNode } from '@lexical/table'
import { $findMatchingParent } from '@lexical/utils'
import {
  $getSelection,
  $isRangeSelection,
  COMMAND_PRIORITY_CRITICAL,
  COMMAND_PRIORITY_LOW,
  INDENT_CONTENT_COMMAND,
  KEY_TAB_COMMAND,
  OUTDENT_CONTENT_COMMAND,
  defineExtension,
  mergeRegister,
  type LexicalEditor,
} from 'lexical'

/**
 * Tab and Shift+Tab: in a heading one level down or up, in a list one step in or out, in a table from cell to cell and
 * from the last one into a new row; elsewhere Tab leaves the text. Who walks over the page by Tab passes through the text
 * and changes nothing.
 */
export const TabKeysExtension = defineExtension({
  name: '@gongping/tab-keys',
  register: (editor) => {
    const passing = watchPassing(editor)
    const stopTables = editor.registerCommand(
      KEY_TAB_COMMAND,
      (event) => {
        // Handled, but not prevented: the browser goes on to what comes next.
        if (passing.is()) return true
        if (!editor.isEditable() || event.shiftKey || event.ctrlKey || event.altKey || !$addRowAfterLastCell())
          return false
        event.preventDefault()
        return true
      },
      // The table's own way out of its last cell has this priority, and is registered later.
      COMMAND_PRIORITY_CRITICAL,
    )
    const stop = editor.registerCommand(
      KEY_TAB_COMMAND,
      (event) => {
        const selection = $getSelection()
        if (!editor.isEditable() || !$isRangeSelection(selection) || event.ctrlKey || event.altKey) return false
        const node = selection.anchor.getNode()
        if ($findMatchingParent(node, $isListItemNode)) {
          event.preventDefault()
          return editor.dispatchCommand(event.shiftKey ? OUTDENT_CONTENT_COMMAND : INDENT_CONTENT_COMMAND, undefined)
        }
        const heading = $findMatchingParent(node, $isSectionHeadingNode)
        if (heading === null) return false
        event.preventDefault()
        const level = SECTION_LEVELS.find((one) => one === heading.getLevel() + (event.shiftKey ? -1 : 1))
        if (level !== undefined) $setSectionLevel(level)
        return true
      },
      COMMAND_PRIORITY_LOW,
    )
    return mergeRegister(passing.stop, stopTables, stop)
  },
})

/** @returns false when the caret is elsewhere */
function $addRowAfterLastCell(): boolean {
  const selection = $getSelection()
  if (!$isRangeSelection(selection) || !selection.isCollapsed()) return false
  const cell = $findMatchingParent(selection.anchor.getNode(), $isTableCellNode)
  const row = cell?.getParent()
  if (!cell || cell.getNextSibling() !== null || !row || row.getNextSibling() !== null) return false
  $insertTableRowAtSelection(true)
  row.getNextSibling<TableRowNode>()?.getFirstChild<TableCellNode>()?.selectStart()
  return true
}

const WALKING_KEYS: ReadonlySet<string> = new Set(['Tab', 'Shift'])

/** Whether the focus came by Tab and nothing has been typed, clicked or moved since. */
function watchPassing(editor: LexicalEditor): { is(): boolean; stop(): void } {
  let tabbed = false
  let passing = false
  const onKey = (event: KeyboardEvent) => {
    tabbed = event.key === 'Tab'
    if (!WALKING_KEYS.has(event.key)) passing = false
  }
  const onPress = () => {
    tabbed = false
    passing = false
  }
  const onFocus = () => {
    passing = tabbed
  }
  window.addEventListener('keydown', onKey, true)
  window.addEventListener('pointerdown', onPress, true)
  const stopRoot = editor.registerRootListener((root, before) => {
    before?.removeEventListener('focus', onFocus)
    root?.addEventListener('focus', onFocus)
  })
  return {
    is: () => passing,
    stop() {
      window.removeEventListener('keydown', onKey, true)
      window.removeEventListener('pointerdown', onPress, true)
      stopRoot()
    },
  }
}
