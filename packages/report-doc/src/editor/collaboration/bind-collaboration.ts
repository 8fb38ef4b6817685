import {
  $getAnchorAndFocusForUserState,
  type BindingV2,
  syncCursorPositions,
  syncYjsChangesToLexicalV2__EXPERIMENTAL,
  syncYjsStateToLexicalV2__EXPERIMENTAL,
} from '@lexical/yjs'
import {
  $createRangeSelection,
  $getNodeByKey,
  $getSelection,
  $isRangeSelection,
  $isTextNode,
  $setSelection,
  BLUR_COMMAND,
  COLLABORATION_TAG,
  COMMAND_PRIORITY_EDITOR,
  FOCUS_COMMAND,
  type LexicalEditor,
  type PointType,
  SKIP_SCROLL_INTO_VIEW_TAG,
  SKIP_SELECTION_FOCUS_TAG,
  type UpdateListenerPayload,
  mergeRegister,
} from 'lexical'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { disableFormatCleanup } from '../../format-cleanup.ts'
import { checkDocument } from './check-document.ts'
import { isFromDocument, syncLocalUpdate } from './local-sync.ts'
import { $repairMapping } from './mapping-repair.ts'
import { createPresenceProvider } from './presence-provider.ts'
import { type CollaborationProblem, UnreadableDocumentError, toProblem } from './problems.ts'
import { createTextUndo, registerTextUndo } from './undo.ts'
import { createReportBinding } from './yjs-binding.ts'

export interface CollaborationOptions {
  /** Not editable yet; the caller makes it so once `isLoaded`. */
  readonly editor: LexicalEditor
  readonly doc: Y.Doc
  readonly awareness: Awareness
  /** Where the carets of others are drawn; none are without it. */
  readonly cursorsContainer?: HTMLElement | null
  /** The document is shown completely; called again after a successful `resync`. */
  readonly onLoad?: () => void
  /** The editor was made read-only and takes no further part until `resync` succeeds. */
  readonly onProblem: (problem: CollaborationProblem) => void
}

export interface Collaboration {
  readonly binding: BindingV2
  /** Edits of this editor only. */
  readonly undoManager: Y.UndoManager
  /** The document is shown completely and edits are written to it. Editable only while this is true. */
  readonly isLoaded: boolean
  /** How often the editor had to be rebuilt from the document because the two differed. */
  readonly resyncCount: number
  /** Shows the document anew, also after a problem. False when it still cannot be shown. */
  resync(): boolean
  syncCursors(): void
  destroy(): void
}

/**
 * Keeps an editor and the text of a report the same. The document must have been seeded by the server: over an empty
 * one the editor waits and writes nothing.
 *
 * Updates of others must be applied when no edit of the editor is pending, see `createCompositionGate`.
 */
export function bindCollaboration(options: CollaborationOptions): Collaboration {
  const { editor, doc, awareness, cursorsContainer = null, onLoad, onProblem } = options
  disableFormatCleanup(doc)
  const binding = createReportBinding(editor, doc)
  binding.cursorsContainer = cursorsContainer
  const presence = createPresenceProvider({ binding, awareness, showsCursors: cursorsContainer !== null })
  const undoManager = createTextUndo(binding)
  let phase: 'waiting' | 'live' | 'stopped' = 'waiting'
  let resyncCount = 0

  const stop = (cause: unknown) => {
    if (phase === 'stopped') return
    phase = 'stopped'
    editor.setEditable(false)
    onProblem(toProblem(cause))
  }

  const isLive = () => phase === 'live'
  const isSame = () => editor.read('latest', () => $repairMapping(binding))

  /** Stops at the first fault: what is shown half must not be written back. */
  const show = (): boolean => {
    try {
      checkDocument(editor, binding.root)
      presence.duringRemoteSync(() => syncYjsStateToLexicalV2__EXPERIMENTAL(binding, presence.provider))
      if (phase === 'stopped') return false
      if (!isSame()) throw new UnreadableDocumentError('the editor shows something else than the document holds')
      return true
    } catch (cause) {
      stop(cause)
      return false
    }
  }

  const load = (): boolean => {
    if (binding.root.length === 0) return false
    phase = 'live'
    if (!show()) return false
    onLoad?.()
    return true
  }

  const showAgain = () => {
    resyncCount++
    const hasCaret = editor.read('latest', () => $isRangeSelection($getSelection()))
    const caret = presence.caret()
    if (!show() || !hasCaret) return
    editor.update(() => $restoreCaret(binding, caret), {
      discrete: true,
      skipTransforms: true,
      tag: [COLLABORATION_TAG, SKIP_SCROLL_INTO_VIEW_TAG, SKIP_SELECTION_FOCUS_TAG],
    })
  }

  /** Inside a listener the editor cannot be rebuilt. */
  const showAgainSoon = () =>
    queueMicrotask(() => {
      editor.read(() => {})
      if (isLive() && !isSame()) showAgain()
    })

  const onRemoteChange: Parameters<Y.XmlElement['observeDeep']>[0] = (events, transaction) => {
    if (transaction.origin === binding) return
    if (phase === 'waiting') load()
    else if (phase === 'live') {
      const isUndo = transaction.origin instanceof Y.UndoManager
      try {
        presence.duringRemoteSync(() =>
          syncYjsChangesToLexicalV2__EXPERIMENTAL(binding, presence.provider, events, transaction, isUndo),
        )
      } catch (cause) {
        return stop(cause)
      }
      // Lexical sometimes drops what Yjs keeps, e.g. a list whose items two people removed.
      if (isLive() && !isSame()) showAgain()
    }
  }
  const onEditorUpdate = (payload: UpdateListenerPayload) => {
    if (phase !== 'live') return
    const { tags, normalizedNodes } = payload
    if (isFromDocument(tags)) {
      // Lexical merged text nodes that came from others. Everybody's editor does, so nobody may write it: the text
      // would be doubled. Whoever next types there writes it once.
      for (const key of normalizedNodes) binding.mapping.deleteNode(key)
      return
    }
    try {
      if (!editor.isEditable()) {
        if (!isSame()) showAgainSoon()
        return
      }
      if (!syncLocalUpdate(binding, presence.provider, payload)) showAgainSoon()
    } catch (cause) {
      stop(cause)
    }
  }

  const syncCursors = () => {
    if (cursorsContainer === null || phase !== 'live') return
    try {
      syncCursorPositions(binding, presence.provider)
    } catch {
      // A caret that cannot be drawn now is drawn with the next change; the text is what matters.
    }
  }

  const setFocus = (focusing: boolean) => () => {
    const state = awareness.getLocalState()
    if (state !== null && state['focusing'] !== focusing) awareness.setLocalStateField('focusing', focusing)
    return false
  }

  const passErrorOn = editor._onError
  editor._onError = stop
  binding.root.observeDeep(onRemoteChange)
  awareness.on('change', syncCursors)
  const unregister = mergeRegister(
    editor.registerUpdateListener(onEditorUpdate),
    editor.registerCommand(FOCUS_COMMAND, setFocus(true), COMMAND_PRIORITY_EDITOR),
    editor.registerCommand(BLUR_COMMAND, setFocus(false), COMMAND_PRIORITY_EDITOR),
    registerTextUndo(editor, undoManager),
  )
  load()

  return {
    binding,
    undoManager,
    get isLoaded() {
      return phase === 'live'
    },
    get resyncCount() {
      return resyncCount
    },
    resync: load,
    syncCursors,
    destroy: () => {
      phase = 'stopped'
      unregister()
      const state = awareness.getLocalState()
      if (state !== null) awareness.setLocalState({ ...state, anchorPos: null, focusPos: null, focusing: false })
      awareness.off('change', syncCursors)
      binding.root.unobserveDeep(onRemoteChange)
      undoManager.destroy()
      editor._onError = passErrorOn
      if (cursorsContainer !== null)
        syncCursorPositions(binding, presence.provider, { getAwarenessStates: () => new Map() })
    },
  }
}

function $restoreCaret(binding: BindingV2, caret: Parameters<typeof positionsOf>[1]) {
  const { anchorKey, anchorOffset, focusKey, focusOffset } = positionsOf(binding, caret)
  if (anchorKey === null || focusKey === null) return
  const selection = $createRangeSelection()
  $setPoint(selection.anchor, anchorKey, anchorOffset)
  $setPoint(selection.focus, focusKey, focusOffset)
  $setSelection(selection)
}

function positionsOf(
  binding: BindingV2,
  caret: { anchorPos: Y.RelativePosition | null; focusPos: Y.RelativePosition | null },
) {
  const state = { ...caret, name: '', color: '', focusing: true, awarenessData: {} }
  try {
    return $getAnchorAndFocusForUserState(binding, state)
  } catch {
    return { anchorKey: null, anchorOffset: 0, focusKey: null, focusOffset: 0 }
  }
}

function $setPoint(point: PointType, key: string, offset: number) {
  point.set(key, offset, $isTextNode($getNodeByKey(key)) ? 'text' : 'element')
}
