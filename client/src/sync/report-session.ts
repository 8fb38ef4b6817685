import type { Part, Pen, ReportState } from '@gongping/permissions'
import type { Me, ReportDetail } from '@gongping/protocol/http'
import type { Finding, ReportData, ReportScore, Template } from '@gongping/scoring'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'

/** A value that changes over time; fits React's useSyncExternalStore. `get` returns the same object until it changes. */
export interface Live<T> {
  get(): T
  subscribe(listener: () => void): () => void
}

/**
 * What the page may say about the user's own edits, never more than the server has confirmed.
 * `unsaved` counts edits the server has not confirmed, over all parts.
 */
export type SaveState =
  | { kind: 'connecting' }
  /** Everything typed here is on the server's disk. */
  | { kind: 'saved'; at: Date | null }
  | { kind: 'saving'; unsaved: number }
  | { kind: 'offline'; unsaved: number; since: Date }
  /** The server did not confirm for 10 s, or says it can't store. */
  | { kind: 'stuck'; unsaved: number; since: Date }

/** Where a finding, a chip or the outline can send the user. */
export type JumpTarget =
  | { kind: 'section'; sectionId: string }
  | { kind: 'paragraph'; paragraphId: string; quote?: string }
  | { kind: 'indicator'; indicatorId: string; column?: 'score' | 'reason' | 'measure' | 'evidence' | 'opinion' }
  | { kind: 'cover'; key: string }
  | { kind: 'fact'; key: string }

/** One open report: its four documents, what follows from them, and the connection. Built once per editor page. */
export interface ReportSession {
  readonly reportId: string
  readonly me: Me
  readonly template: Template
  readonly docs: Readonly<Record<Part, Y.Doc>>
  /** Presence of everybody in the report (room of `narrative`). */
  readonly awareness: Awareness
  readonly detail: Live<ReportDetail>
  readonly state: Live<ReportState>
  readonly pen: Live<Pen>
  /** The part has been loaded completely at least once; before that nothing may be written to it. */
  readonly loaded: Live<Readonly<Record<Part, boolean>>>
  readonly saveState: Live<SaveState>
  /** Plain data of all parts, follows every change within a frame. */
  readonly data: Live<ReportData>
  /** Scored in the browser from `data` at once. */
  readonly score: Live<ReportScore>
  /** Checked in the browser from `data`, some 200 ms after the last change. */
  readonly findings: Live<readonly Finding[]>
  jump(target: JumpTarget): void
  onJump(listener: (target: JumpTarget) => void): () => void
  /** Fetches metadata and rights again, e.g. after a transition. */
  refresh(): Promise<void>
  close(): void
}
