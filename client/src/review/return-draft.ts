import type { Anchor, Thread } from '@gongping/protocol/http'
import type { Finding } from '@gongping/scoring'
import * as random from 'lib0/random'
import { createLive } from '../sync/live.ts'
import type { EditorSession, Live } from '../sync/report-session.ts'
import { openKeptEntries, takeStored } from './kept-entries.ts'

/** A point of a return that is being written. */
export interface DraftItem {
  readonly key: string
  readonly anchor: Anchor
  readonly quote: string
  readonly problem: string
  readonly demand: string
  /** Calendar day, empty for none. */
  readonly dueDate: string
}

/** What a reviewer gathers while reading, in whichever tab, until the report is returned. Survives a reload of the page. */
export interface ReturnDraft {
  readonly items: Live<readonly DraftItem[]>
  add(item: { readonly anchor: Anchor; readonly problem: string; readonly key?: string }): void
  change(key: string, change: Partial<Pick<DraftItem, 'problem' | 'demand' | 'dueDate'>>): void
  remove(key: string): void
  close(): void
}

export function openReturnDraft({ me, reportId }: EditorSession): ReturnDraft {
  const store = `gongping.return.${me.id}.${reportId}`
  const kept = openKeptEntries<DraftItem>(store)
  const former = takeStored(store)
  if (Array.isArray(former)) for (const item of former as DraftItem[]) kept.set(item.key, item)
  const items = createLive<readonly DraftItem[]>([...kept.all.get().values()])
  kept.all.subscribe(() => items.set([...kept.all.get().values()]))
  return {
    items,
    add({ anchor, problem, key = random.uuidv4() }) {
      if (kept.all.get().has(key)) return
      const quote = anchor.kind === 'text' ? anchor.quote : ''
      kept.set(key, { key, anchor, quote, problem, demand: '', dueDate: '' })
    },
    change(key, change) {
      const item = kept.all.get().get(key)
      if (item) kept.set(key, { ...item, ...change })
    },
    remove: (key) => kept.set(key, null),
    close: kept.close,
  }
}

/** The place a finding is about, as near as it can be told without quoting. */
export function anchorOfFinding({ where, column }: Pick<Finding, 'where' | 'column'>): Anchor {
  const indicatorId = where.indicatorId ?? where.indicatorIds?.[0]
  if (indicatorId !== undefined) return { kind: 'cell', indicatorId, column: column ?? 'self', aspect: 'score' }
  if (where.field !== undefined) return { kind: 'cover', key: where.field }
  const fact = where.fields?.[0]
  return fact === undefined ? { kind: 'report' } : { kind: 'fact', key: fact }
}

/** What a thread was raised with, as the problem of a return item. */
export const problemOf = (thread: Thread) => thread.replies.find(({ deleted }) => !deleted)?.text ?? ''
