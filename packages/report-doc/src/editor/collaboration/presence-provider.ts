import { $getAnchorAndFocusForUserState, type BindingV2, type Provider, type UserState } from '@lexical/yjs'
import type { Awareness } from 'y-protocols/awareness'
import { SILENT_PROVIDER } from './yjs-binding.ts'

/** Where the local caret stands, as relative positions: they stay right while others type. */
type CaretPosition = Pick<UserState, 'anchorPos' | 'focusPos'>

export interface PresenceProvider {
  readonly provider: Provider
  readonly caret: () => CaretPosition
  /** While this runs, a caret that cannot be placed or drawn counts as absent, instead of breaking the update. */
  readonly duringRemoteSync: (run: () => void) => void
}

/**
 * What @lexical/yjs needs of a provider, over a plain awareness. The caret is remembered here even while nobody else is
 * told about it, because it is what keeps the local selection in place; of the shared state only the caret is touched.
 */
export function createPresenceProvider({
  binding,
  awareness,
  showsCursors,
}: {
  binding: BindingV2
  awareness: Awareness
  showsCursors: boolean
}): PresenceProvider {
  let caret: CaretPosition = { anchorPos: null, focusPos: null }
  let isRemoteSync = false
  let isDrawingCarets = false

  const localState = (): UserState => {
    const shared = awareness.getLocalState() as Partial<UserState> | null
    return { name: '', color: '', focusing: false, awarenessData: {}, ...shared, ...caret }
  }
  const provider: Provider = {
    ...SILENT_PROVIDER,
    awareness: {
      ...SILENT_PROVIDER.awareness,
      getLocalState: () => {
        const state = localState()
        return isRemoteSync && !$isResolvable(binding, state) ? null : state
      },
      setLocalState: (state) => {
        caret = { anchorPos: state?.anchorPos ?? null, focusPos: state?.focusPos ?? null }
        const shared = awareness.getLocalState()
        if (shared !== null) awareness.setLocalState({ ...shared, ...caret })
      },
      getStates: () => {
        const states = showsCursors ? shownStates(binding, awareness) : new Map<number, UserState>()
        isDrawingCarets = true
        return states
      },
    },
  }
  return {
    provider,
    caret: () => caret,
    duringRemoteSync: (run) => {
      isRemoteSync = true
      isDrawingCarets = false
      try {
        run()
      } catch (error) {
        // Carets are drawn once the text is in place, and again with the next change.
        if (!isDrawingCarets) throw error
      } finally {
        isRemoteSync = false
      }
    },
  }
}

/** Everybody whose caret has a place in the text this editor shows right now. */
function shownStates(binding: BindingV2, awareness: Awareness): Map<number, UserState> {
  const states = [...awareness.getStates()] as [number, UserState][]
  return new Map(
    states.filter(
      ([id, state]) =>
        id !== binding.clientID &&
        typeof state.name === 'string' &&
        typeof state.color === 'string' &&
        binding.editor.read('latest', () => $isResolvable(binding, state)),
    ),
  )
}

/** Looking up a position in a block that was just deleted throws. */
function $isResolvable(binding: BindingV2, state: UserState): boolean {
  try {
    $getAnchorAndFocusForUserState(binding, state)
    return true
  } catch {
    return false
  }
}
