import type { BindingV2 } from '@lexical/yjs'
import {
  CAN_REDO_COMMAND,
  CAN_UNDO_COMMAND,
  COMMAND_PRIORITY_EDITOR,
  type LexicalEditor,
  REDO_COMMAND,
  UNDO_COMMAND,
  mergeRegister,
} from 'lexical'
import * as Y from 'yjs'

/** Undo of one's own edits in the text, whatever others did since. Only edits of this editor are tracked. */
export function createTextUndo(binding: BindingV2): Y.UndoManager {
  return new Y.UndoManager(binding.root, { trackedOrigins: new Set([binding]) })
}

/** Connects the manager to Lexical's undo and redo commands. */
export function registerTextUndo(editor: LexicalEditor, undoManager: Y.UndoManager): () => void {
  const onStackChange = () => {
    editor.dispatchCommand(CAN_UNDO_COMMAND, undoManager.canUndo())
    editor.dispatchCommand(CAN_REDO_COMMAND, undoManager.canRedo())
  }
  const events = ['stack-item-added', 'stack-item-popped', 'stack-cleared'] as const
  for (const event of events) undoManager.on(event, onStackChange)
  const runOnCommitted = (run: () => unknown) => () => {
    if (!editor.isEditable()) return true
    // The command runs inside an update of its own; what was typed must be in the document before it is undone.
    queueMicrotask(() => {
      editor.read(() => {})
      run()
    })
    return true
  }
  return mergeRegister(
    editor.registerCommand(
      UNDO_COMMAND,
      runOnCommitted(() => undoManager.undo()),
      COMMAND_PRIORITY_EDITOR,
    ),
    editor.registerCommand(
      REDO_COMMAND,
      runOnCommitted(() => undoManager.redo()),
      COMMAND_PRIORITY_EDITOR,
    ),
    () => {
      for (const event of events) undoManager.off(event, onStackChange)
    },
  )
}
