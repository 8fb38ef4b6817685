import { DOC_LAYOUT } from '@gongping/protocol'
import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb'
import * as Y from 'yjs'

/** Edits that the server never confirmed, of tabs that are gone. */
export interface Found {
  readonly edits: number
  /** By client id the clock from which on they are such edits; without those of tabs of older releases. */
  readonly since: ReadonlyMap<number, number>
}

/** What came after work had begun without it. */
export interface FoundLate extends Found {
  /** All that was stored, as one update. */
  readonly state: Uint8Array
  /** State vector of the document before. */
  readonly known: Uint8Array
}

/** What a part looks like on this computer, so that closing the tab or losing the network loses nothing. */
export interface LocalCopy {
  /**
   * Resolves when the document holds what was stored.
   * From a disk that is slow, or not usable, nothing is found after a moment: work goes on.
   */
  readonly whenLoaded: Promise<Found>
  /**
   * How many edits the server has not confirmed, those found at the start included; survives the tab.
   *
   * @param since the document's clock before the first one of this tab
   */
  setUnsaved(edits: number, since?: number): void
  /** The server has confirmed everything found at the start. */
  forgetFound(): void
  /** All that has been written to it, by other tabs, too, as one update; null when there is nothing or it can't be read in time. */
  read(): Promise<Uint8Array | null>
  /** Throws the copy away. Other tabs that hold unconfirmed edits begin a new one with these. */
  drop(): Promise<void>
  close(): void
}

export interface LocalCopyOptions {
  readonly userId: string
  readonly room: string
  readonly doc: Y.Doc
  /** Called instead of an answer to `whenLoaded`, if that has been given already. */
  readonly onFoundLate?: (found: FoundLate) => void
}

/** The tabs of one user share it: each adds what it sees and never takes away what another one added. */
interface Schema extends DBSchema {
  /** Yjs updates in the order they came. */
  updates: { key: number; value: Uint8Array }
  /** Unconfirmed edits, by the client id of the tab they were made in and the clock it had before: see `unsavedKey`. */
  custom: { key: string; value: number }
}

export function openLocalCopy({ userId, room, doc, onFoundLate }: LocalCopyOptions): LocalCopy {
  if (typeof indexedDB === 'undefined') return WITHOUT_STORAGE
  const name = `gongping:${DOC_LAYOUT}:${userId}:${room}`
  let ownKey = unsavedKey(doc.clientID, 0)
  let database: IDBPDatabase<Schema> | null = null
  let isOver = false
  /** The store lacks something of the document, so that the next write brings all of it instead of `queue`. */
  let isBehind = true
  let queue: Uint8Array[] = []
  let isWriteDue = false
  let isLate = false
  /** Another database stands where the first one was. */
  let isBegunAnew = false
  /** Until then nothing is written: the last time it failed. */
  let pausing: ReturnType<typeof setTimeout> | undefined
  /** Rows whose content the document has. */
  let known = new Set<number>()
  let found: readonly string[] = []
  /** Unconfirmed edits of tabs that are gone; their numbers stay where they are until the server has confirmed them. */
  let foundEdits = 0
  let unsaved = 0
  let written = 0
  let writingCount: ReturnType<typeof setTimeout> | undefined
  let trimming: ReturnType<typeof setTimeout> | undefined
  let reopening: ReturnType<typeof setTimeout> | undefined

  const fail = (error: unknown) => console.error(`${room}: no local copy on this computer`, error)

  const open = async (): Promise<IDBPDatabase<Schema>> => {
    const opened = await openDB<Schema>(name, 1, {
      upgrade(created) {
        created.createObjectStore('updates', { autoIncrement: true })
        created.createObjectStore('custom')
      },
      // Another tab throws it away and waits for us to let go.
      blocking() {
        opened.close()
        void beginAnew()
      },
      // The browser has cleared its data.
      terminated: () => void beginAnew(),
    })
    return opened
  }

  const load = async (): Promise<Found> => {
    const opened = await open()
    const reading = opened.transaction(['updates', 'custom'])
    const [rows, keys, counts, countKeys] = await Promise.all([
      reading.objectStore('updates').getAll(),
      reading.objectStore('updates').getAllKeys(),
      reading.objectStore('custom').getAll(),
      reading.objectStore('custom').getAllKeys(),
    ])
    // Closed under us: what it held is no longer there, and another one is being opened.
    if (isBegunAnew) return NOTHING
    if (isOver) {
      opened.close()
      return NOTHING
    }
    // Who comes late finds what the server has sent meanwhile.
    isBehind = doc.store.clients.size > 0
    const before = Y.encodeStateVector(doc)
    Y.transact(doc, () => rows.forEach((row) => Y.applyUpdate(doc, row)), COPY, false)
    known = new Set(keys)
    database = opened
    if (isBehind) writeSoon()
    // A tab still open is counted, too: better one too many than one too few.
    const others = countKeys.map((key, index) => ({ key, edits: counts[index]! })).filter(({ key }) => key !== ownKey)
    found = others.map(({ key }) => key)
    foundEdits = others.reduce((sum, one) => sum + one.edits, 0)
    const all = { edits: foundEdits, since: sinceOf(found) }
    if (isLate && foundEdits > 0) onFoundLate?.({ ...all, state: Y.mergeUpdates(rows), known: before })
    return all
  }

  const beginAnew = async () => {
    isBegunAnew = true
    unsaved += foundEdits
    foundEdits = 0
    found = []
    database = null
    isBehind = true
    written = 0
    known = new Set()
    if (isOver) return
    try {
      database = await open()
    } catch (error) {
      fail(error)
      // While it is still clearing, the browser refuses to open.
      if (!isOver) reopening = setTimeout(() => void beginAnew(), REOPEN_AFTER_MS)
      return
    }
    // What the server has needs no copy before there is more.
    if (unsaved > 0) void write()
    if (isOver) end()
  }

  const writeSoon = () => {
    if (isWriteDue) return
    isWriteDue = true
    queueMicrotask(() => void write())
  }
  /** An edit and the number that says it is unconfirmed reach the disk together. */
  const write = async () => {
    isWriteDue = false
    const into = database
    if (into === null || (pausing !== undefined && !isOver)) return
    const updates = isBehind ? [Y.encodeStateAsUpdate(doc)] : queue
    const isCountNew = written !== unsaved
    queue = []
    isBehind = false
    written = unsaved
    try {
      const writing = into.transaction(['updates', 'custom'], 'readwrite')
      // Signing out clears it, also under a page that goes on afterwards.
      const countingRows = known.size > 0 ? writing.objectStore('updates').count() : null
      const adding = updates.map((update) => writing.objectStore('updates').add(update))
      const counts = writing.objectStore('custom')
      const counting = isCountNew ? [unsaved === 0 ? counts.delete(ownKey) : counts.put(unsaved, ownKey)] : []
      if ((await countingRows) === 0) adding.push(writing.objectStore('updates').add(Y.encodeStateAsUpdate(doc)))
      const [keys] = await Promise.all([Promise.all(adding), Promise.all<unknown>(counting), writing.done])
      // Of one that was thrown away meanwhile the numbers mean nothing any more.
      if (database === into) for (const key of keys) known.add(key)
    } catch (error) {
      isBehind = true
      written = 0
      pausing ??= setTimeout(() => {
        pausing = undefined
        writeSoon()
      }, RETRY_AFTER_MS)
      fail(error)
    }
    if (known.size >= TRIM_AT) trimming ??= setTimeout(() => void trim().catch(fail), TRIM_AFTER_MS)
  }

  /** One row for all. What only another tab has stays in it, and counts as unknown. */
  const trim = async () => {
    trimming = undefined
    const from = database
    if (from === null) return
    const trimmed = from.transaction('updates', 'readwrite')
    const theirs: Uint8Array[] = []
    for (const key of await trimmed.store.getAllKeys()) {
      if (!known.has(key)) theirs.push((await trimmed.store.get(key))!)
    }
    const own = Y.encodeStateAsUpdate(doc)
    const row = await trimmed.store.add(theirs.length === 0 ? own : Y.mergeUpdates([own, ...theirs]))
    await Promise.all([trimmed.store.delete(IDBKeyRange.upperBound(row, true)), trimmed.done])
    if (database !== from) return
    known = new Set([...known].filter((key) => key > row))
    if (theirs.length === 0) known.add(row)
  }

  const onUpdate = (update: Uint8Array, origin: unknown) => {
    if (origin === COPY) return
    if (!isBehind) queue.push(update)
    writeSoon()
  }
  doc.on('update', onUpdate)

  const end = () => {
    isOver = true
    clearTimeout(pausing)
    clearTimeout(writingCount)
    clearTimeout(trimming)
    clearTimeout(reopening)
    doc.off('update', onUpdate)
    database?.close()
    database = null
  }

  const loading = load()
  return {
    whenLoaded: Promise.race([loading, later(GIVE_UP_AFTER_MS)]).catch((error: unknown) => {
      isLate = true
      fail(error)
      return NOTHING
    }),
    setUnsaved(edits, since) {
      unsaved = Math.max(0, edits - foundEdits)
      // One that is still written stands for more edits than there are, which does no harm.
      if (written === 0 && since !== undefined) ownKey = unsavedKey(doc.clientID, since)
      // How many more, or none any more, may follow: a number too high for a moment does no harm, one too low is never zero.
      if (written === 0 && unsaved > 0) writeSoon()
      else if (unsaved !== written) {
        writingCount ??= setTimeout(() => {
          writingCount = undefined
          if (unsaved !== written) writeSoon()
        }, WRITE_COUNT_AFTER_MS)
      }
    },
    forgetFound() {
      for (const key of found) database?.delete('custom', key).catch(fail)
      found = []
      foundEdits = 0
    },
    async read() {
      try {
        await Promise.race([loading, later(READ_WITHIN_MS)])
        const rows = (await database?.getAll('updates')) ?? []
        return rows.length === 0 ? null : Y.mergeUpdates(rows)
      } catch (error) {
        fail(error)
        return null
      }
    },
    async drop() {
      unsaved = 0
      end()
      await new Promise<void>((resolve) => {
        // A tab that is slow to let go is not waited for: the order to throw it away stands.
        Promise.race([deleteDB(name, { blocked: () => resolve() }), later(GIVE_UP_AFTER_MS)])
          .catch(fail)
          .finally(resolve)
      })
    },
    close() {
      isOver = true
      if (isBehind ? unsaved > 0 : queue.length > 0 || unsaved !== written) void write()
      end()
    },
  }
}

/** Origin of what comes out of the copy. */
const COPY = { from: 'the local copy' }
const NOTHING: Found = { edits: 0, since: new Map() }
/** Work begins without a copy that takes longer. */
const GIVE_UP_AFTER_MS = 3000
/** What is still in it when it is thrown away is worth a longer wait. */
const READ_WITHIN_MS = 20_000
const WRITE_COUNT_AFTER_MS = 600
const REOPEN_AFTER_MS = 1000
/** A disk that is full may have room again; trying costs a whole document. */
const RETRY_AFTER_MS = 10_000
const TRIM_AT = 500
const TRIM_AFTER_MS = 1000

const WITHOUT_STORAGE: LocalCopy = {
  whenLoaded: Promise.resolve(NOTHING),
  setUnsaved: () => {},
  forgetFound: () => {},
  read: () => Promise.resolve(null),
  drop: () => Promise.resolve(),
  close: () => {},
}

const unsavedKey = (clientId: number, since: number) => `unsaved:${clientId}@${since}`

function sinceOf(keys: readonly string[]): ReadonlyMap<number, number> {
  const since = new Map<number, number>()
  for (const key of keys) {
    const [, client, clock] = (/^unsaved:(\d+)@(\d+)$/.exec(key) ?? []).map(Number)
    if (client !== undefined && clock !== undefined) since.set(client, Math.min(clock, since.get(client) ?? clock))
  }
  return since
}

const later = (ms: number) =>
  new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('the local copy did not open in time')), ms)
  })
