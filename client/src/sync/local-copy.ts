import { DOC_LAYOUT } from '@gongping/protocol'
import { IndexeddbPersistence } from 'y-indexeddb'
import type * as Y from 'yjs'

/** What a part looks like on this computer, so that closing the tab or losing the network loses nothing. */
export interface LocalCopy {
  /**
   * Resolves when the document holds what was stored, with the number of edits the server never confirmed.
   * Without usable storage it resolves to 0 after a moment: work goes on, only without a copy.
   */
  readonly whenLoaded: Promise<number>
  /** How many edits of this tab the server has not confirmed; survives the tab. */
  setUnsaved(edits: number): void
  /** The server has confirmed everything found at the start. */
  forgetFound(): void
  /** Throws the copy away. */
  drop(): Promise<void>
  close(): void
}

export interface LocalCopyOptions {
  readonly userId: string
  readonly room: string
  readonly doc: Y.Doc
}

export function openLocalCopy({ userId, room, doc }: LocalCopyOptions): LocalCopy {
  if (typeof indexedDB === 'undefined') return WITHOUT_STORAGE
  const stored = new IndexeddbPersistence(`gongping:${DOC_LAYOUT}:${userId}:${room}`, doc)
  const ownKey = `${UNSAVED}${doc.clientID}`
  let found: readonly string[] = []
  let usable = true
  let written = 0
  let unsaved = 0
  let writing: ReturnType<typeof setTimeout> | undefined
  const write = () => {
    clearTimeout(writing)
    writing = undefined
    if (!usable || unsaved === written) return
    written = unsaved
    const done = unsaved === 0 ? stored.del(ownKey) : stored.set(ownKey, unsaved)
    done.catch(give)
  }
  const give = (error: unknown) => {
    usable = false
    console.error(`${room}: no local copy on this computer`, error)
  }

  const load = async () => {
    await stored.whenSynced
    const counts = await readCounts(stored.db!, ownKey)
    found = counts.map(([key]) => key)
    return counts.reduce((sum, [, edits]) => sum + edits, 0)
  }
  return {
    whenLoaded: Promise.race([load(), afterOpenFailed(stored), later(GIVE_UP_AFTER_MS)]).catch((error: unknown) => {
      give(error)
      return 0
    }),
    setUnsaved(edits) {
      unsaved = edits
      // The first one must be on the disk before the edit is; how many more, or none any more, may follow.
      if (written === 0 && edits > 0) write()
      else if (edits !== written) writing ??= setTimeout(write, WRITE_AFTER_MS)
    },
    forgetFound() {
      for (const key of found) stored.del(key).catch(give)
      found = []
    },
    drop: () => stored.clearData().catch(give),
    close() {
      write()
      stored.destroy().catch(give)
    },
  }
}

const UNSAVED = 'unsaved:'
const GIVE_UP_AFTER_MS = 3000
/** A number that is too high for a moment does no harm; one too low never stands at zero. */
const WRITE_AFTER_MS = 600

const WITHOUT_STORAGE: LocalCopy = {
  whenLoaded: Promise.resolve(0),
  setUnsaved: () => {},
  forgetFound: () => {},
  drop: () => Promise.resolve(),
  close: () => {},
}

/** Counts other tabs and earlier visits left. A tab still open is counted too: better one too many than one too few. */
function readCounts(db: IDBDatabase, ownKey: string): Promise<readonly (readonly [string, number])[]> {
  return new Promise((resolve, reject) => {
    const found: [string, number][] = []
    const request = db.transaction('custom', 'readonly').objectStore('custom').openCursor()
    request.onerror = () => reject(request.error ?? new Error('the local copy could not be read'))
    request.onsuccess = () => {
      const cursor = request.result
      if (cursor === null) return resolve(found)
      const key = String(cursor.key)
      const edits: unknown = cursor.value
      if (key.startsWith(UNSAVED) && key !== ownKey && typeof edits === 'number') found.push([key, edits])
      cursor.continue()
    }
  })
}

/** The library waits for ever when the database can't be opened; only a question to it fails. */
async function afterOpenFailed(stored: IndexeddbPersistence): Promise<never> {
  await stored.get(UNSAVED)
  return new Promise<never>(() => {})
}

const later = (ms: number) =>
  new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('the local copy did not open in time')), ms)
  })
