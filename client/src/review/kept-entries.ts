import { createLive } from '../sync/live.ts'
import type { Live } from '../sync/report-session.ts'

/** Things kept in this browser one by one, the same in all its tabs. They survive a reload of the page. */
export interface KeptEntries<T> {
  /** In the order in which they were added. */
  readonly all: Live<ReadonlyMap<string, T>>
  /** Null takes it away. */
  set(key: string, value: T | null): void
  close(): void
}

/** An entry of its own for each, so that no tab writes over what another one keeps. */
export function openKeptEntries<T>(store: string): KeptEntries<T> {
  const prefix = `${store}/`
  const entries = new Map(readEntries<T>(prefix))
  const all = createLive<ReadonlyMap<string, T>>(new Map())
  const show = () => {
    const inOrder = [...entries].toSorted(([, one], [, other]) => one.at - other.at)
    all.set(new Map(inOrder.map(([key, { value }]) => [key, value])))
  }
  const onOtherTab = ({ key, newValue }: StorageEvent) => {
    if (!key?.startsWith(prefix)) return
    const entry = parse<T>(newValue)
    if (entry === null) entries.delete(key.slice(prefix.length))
    else entries.set(key.slice(prefix.length), entry)
    show()
  }
  window.addEventListener('storage', onOtherTab)
  show()
  return {
    all,
    set(key, value) {
      const last = Math.max(0, ...Array.from(entries.values(), ({ at }) => at))
      const entry = value === null ? null : { at: entries.get(key)?.at ?? Math.max(Date.now(), last + 1), value }
      if (entry === null) entries.delete(key)
      else entries.set(key, entry)
      try {
        if (entry === null) localStorage.removeItem(prefix + key)
        else localStorage.setItem(prefix + key, JSON.stringify(entry))
      } catch {
        // Without storage it holds until the page is closed.
      }
      show()
    },
    close: () => window.removeEventListener('storage', onOtherTab),
  }
}

/** What the release before kept under one name; it is asked for once and kept entry by entry from then on. */
export function takeStored(store: string): unknown {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(store) ?? 'null')
    localStorage.removeItem(store)
    return stored
  } catch {
    return null
  }
}

interface Entry<T> {
  readonly at: number
  readonly value: T
}

function readEntries<T>(prefix: string): (readonly [string, Entry<T>])[] {
  try {
    return Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? '')
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) => {
        const entry = parse<T>(localStorage.getItem(key))
        return entry === null ? [] : [[key.slice(prefix.length), entry] as const]
      })
  } catch {
    return []
  }
}

function parse<T>(stored: string | null): Entry<T> | null {
  try {
    return JSON.parse(stored ?? 'null') as Entry<T> | null
  } catch {
    return null
  }
}
