import type { ScoreColumnId } from '../narrative.ts'
import type { Where } from './finding.ts'

/** A point of a return that the filler has not answered. */
export interface OpenReturnItem {
  readonly id: string
  /** Submission it was raised on, from 1. */
  readonly round: number
  readonly problem: string
  /** What it is about. */
  readonly where: Where
}

/** Where a reviewer put a return item. */
export type ReturnItemAnchor =
  | { readonly kind: 'text' }
  | { readonly kind: 'cell'; readonly indicatorId: string; readonly column: ScoreColumnId }
  | { readonly kind: 'cover' | 'fact'; readonly key: string }
  | { readonly kind: 'report' }

/** A stored return item as the rules look at it, the same on the server and on the screen. */
export function toOpenReturnItem(item: {
  readonly id: string
  readonly round: number
  readonly problem: string
  readonly quote: string
  readonly anchor: ReturnItemAnchor
}): OpenReturnItem {
  const { id, round, problem } = item
  return { id, round, problem, where: whereOf(item) }
}

function whereOf({ anchor, quote }: { anchor: ReturnItemAnchor; quote: string }): Where {
  switch (anchor.kind) {
    case 'cell':
      return { indicatorId: anchor.indicatorId, column: anchor.column }
    case 'cover':
      return { field: anchor.key }
    case 'fact':
      return { fields: [anchor.key] }
    case 'text':
      return { quote }
    case 'report':
      return {}
  }
}
