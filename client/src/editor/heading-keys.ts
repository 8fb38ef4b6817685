import { $isSectionHeadingNode, $setSectionLevel, SECTION_LEVELS } from '@gongping/report-doc/editor'
import { $isListItemNode } from '@lexical/list'
import { $findMatchingParent } from '@lexical/utils'
import {
  $getSelection,
  $isRangeSelection,
  COMMAND_PRIORITY_LOW,
  INDENT_CONTENT_COMMAND,
  KEY_TAB_COMMAND,
  OUTDENT_CONTENT_COMMAND,
  defineExtension,
} from 'lexical'

/** Tab and Shift+Tab: in a heading one level down or up, in a list one step in or out; elsewhere Tab leaves the text. */
export const HeadingKeysExtension = defineExtension({
  name: '@gongping/heading-keys',
  register: (editor) =>
    editor.registerCommand(
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
    ),
})
