/** What a key means in the score table, as in a spreadsheet. */
export type GridCommand =
  | { readonly type: 'move'; readonly rows: number; readonly columns: number }
  | { readonly type: 'edge'; readonly to: 'row-start' | 'row-end' | 'first' | 'last' }
  | { readonly type: 'tab'; readonly back: boolean }
  | { readonly type: 'edit' | 'cancel' | 'clear' | 'undo' | 'redo' | 'expand' | 'collapse' | 'toggle' }

export interface KeyPress {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/**
 * - `ready`: the cell is chosen, typing replaces it.
 * - `editing`: a caret stands in the cell; ←, →, Home and End belong to the text.
 */
export type GridMode = 'ready' | 'editing'

const PAGE = 10

/** Null when the key is not the table's business. Never ask while an input method is composing. */
export function commandOf(
  press: KeyPress,
  at: { readonly mode: GridMode; readonly onGroupName: boolean },
): GridCommand | null {
  const { key, shiftKey, altKey } = press
  const ctrl = press.ctrlKey || press.metaKey
  if (altKey) return null
  switch (key) {
    case 'Enter':
      if (at.onGroupName && at.mode === 'ready') return { type: 'toggle' }
      return { type: 'move', rows: shiftKey ? -1 : 1, columns: 0 }
    case 'Tab':
      return ctrl ? null : { type: 'tab', back: shiftKey }
    case 'ArrowUp':
      return { type: 'move', rows: -1, columns: 0 }
    case 'ArrowDown':
      return { type: 'move', rows: 1, columns: 0 }
    case 'PageUp':
      return { type: 'move', rows: -PAGE, columns: 0 }
    case 'PageDown':
      return { type: 'move', rows: PAGE, columns: 0 }
    case 'Escape':
      return { type: 'cancel' }
  }
  if (at.mode === 'editing') return null
  if (ctrl) return ctrlCommand(key, shiftKey)
  switch (key) {
    case 'ArrowLeft':
      return at.onGroupName ? { type: 'collapse' } : { type: 'move', rows: 0, columns: -1 }
    case 'ArrowRight':
      return at.onGroupName ? { type: 'expand' } : { type: 'move', rows: 0, columns: 1 }
    case 'Home':
      return { type: 'edge', to: 'row-start' }
    case 'End':
      return { type: 'edge', to: 'row-end' }
    case 'F2':
      return { type: 'edit' }
    case 'Delete':
      return { type: 'clear' }
    case ' ':
      return at.onGroupName ? { type: 'toggle' } : null
    default:
      return null
  }
}

function ctrlCommand(key: string, shiftKey: boolean): GridCommand | null {
  switch (key) {
    case 'Home':
      return { type: 'edge', to: 'first' }
    case 'End':
      return { type: 'edge', to: 'last' }
    case 'z':
    case 'Z':
      return { type: shiftKey ? 'redo' : 'undo' }
    case 'y':
    case 'Y':
      return { type: 'redo' }
    default:
      return null
  }
}
