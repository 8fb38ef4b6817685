import type { Anchor, Thread } from '@gongping/protocol/http'
import type { Finding } from '@gongping/scoring'
import { createLive } from '../sync/live.ts'
import type { EditorSession, Live } from '../sync/report-session.ts'

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

/** What a reviewer gathers while reading, until the report is returned. Survives a reload of the page. */
export interface ReturnDraft {
  readonly items: Live<readonly DraftItem[]>
  add(item: { readonly anchor: Anchor; readonly problem: string; readonly key?: string }): void
  change(key: string, change: Partial<Pick<DraftItem, 'problem' | 'demand' | 'dueDate'>>): void
  remove(key: string): void
  clear(): void
}

export function openReturnDraft({ me, reportId }: EditorSession): ReturnDraft {
  const store = `gongping.return.${me.id}.${reportId}`
  const items = createLive<readonly DraftItem[]>(read(store))
  const set = (next: readonly DraftItem[]) => {
    items.set(next)
    try {
      if (next.length === 0) localStorage.removeItem(store)
      else localStorage.setItem(store, JSON.stringify(next))
    } catch {
      // Without storage it holds until the page is closed.
    }
  }
  return {
    items,
    add({ anchor, problem, key = crypto.randomUUID() }) {
      if (items.get().some((item) => item.key === key)) return
      const quote = anchor.kind === 'text' ? anchor.quote : ''
      set([...items.get(), { key, anchor, quote, problem, demand: '', dueDate: '' }])
    },
    change: (key, change) => set(items.get().map((item) => (item.key === key ? { ...item, ...change } : item))),
    remove: (key) => set(items.get().filter((item) => item.key !== key)),
    clear: () => set([]),
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

function read(store: string): readonly DraftItem[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(store) ?? '[]')
    return Array.isArray(kept) ? (kept as DraftItem[]) : []
  } catch {
    return []
  }
}
