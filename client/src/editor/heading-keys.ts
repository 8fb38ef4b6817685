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
  mergeRegister,
  type LexicalEditor,
} from 'lexical'

/**
 * Tab and Shift+Tab: in a heading one level down or up, in a list one step in or out; elsewhere Tab leaves the text. Who
 * walks over the page by Tab passes through the text and changes nothing.
 */
export const HeadingKeysExtension = defineExtension({
  name: '@gongping/heading-keys',
  register: (editor) => {
    const passing = watchPassing(editor)
    const stop = editor.registerCommand(
      KEY_TAB_COMMAND,
      (event) => {
        const selection = $getSelection()
        if (!editor.isEditable() || !$isRangeSelection(selection) || event.ctrlKey || event.altKey) return false
        // Handled, but not prevented: the browser goes on to what comes next.
        if (passing.is()) return true
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
    return mergeRegister(passing.stop, stop)
  },
})

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
