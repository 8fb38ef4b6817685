import { KIND, LoadClient, type LoadClientEvents, type Line } from './load-client.ts'

export interface Joined {
  /** From before the TCP connection to the end of sync step 2. */
  readonly step2Ms: number
  /** The same until everything was there; some servers answer step 2 before they have loaded. */
  readonly contentMs: number
  /** Payloads received. */
  readonly bytes: number
}

const GIVE_UP_MS = 60_000
const STORED_POLL_MS = 25
/** The same content is a little smaller in one server's bytes than in another's. */
const ENOUGH = 0.8

/** Newcomers of documents, as bytes: nothing is applied, so that the server's time is what is measured. */
export class Joins {
  readonly #open: LoadClient[] = []

  /**
   * Lines stay open until `close`.
   *
   * @param o.contentBytes the document is there when this much came in sync frames
   * @param o.stateVector what each one says it has; nothing by default
   */
  async join(
    lines: readonly Line[],
    o: { contentBytes: number; atOnce: number; stateVector?: Uint8Array | undefined },
  ): Promise<Joined[]> {
    const joined: Joined[] = []
    let next = 0
    const worker = async () => {
      while (next < lines.length) joined.push(await this.#joinOne(lines[next++] as Line, o))
    }
    await Promise.all(Array.from({ length: Math.min(o.atOnce, lines.length) }, worker))
    return joined
  }

  close(): void {
    for (const client of this.#open.splice(0)) client.end()
  }

  #joinOne(
    line: Line,
    { contentBytes, stateVector }: { contentBytes: number; stateVector?: Uint8Array | undefined },
  ): Promise<Joined> {
    const startAt = performance.now()
    let step2Ms: number | undefined
    let synced = 0
    const { promise, resolve, reject } = Promise.withResolvers<Joined>()
    const late = setTimeout(() => reject(new Error(`${line.path}: no content`)), GIVE_UP_MS)
    const events: LoadClientEvents = {
      onSync(kind, _, start, end) {
        const ms = performance.now() - startAt
        synced += end - start
        if (kind === KIND.step2) step2Ms ??= ms
        if (step2Ms === undefined || synced < contentBytes) return
        clearTimeout(late)
        resolve({ step2Ms, contentMs: ms, bytes: client.bytes })
      },
      onClose: (code) => reject(new Error(`${line.path} was closed with ${code}`)),
    }
    const client = new LoadClient(line, events, stateVector)
    this.#open.push(client)
    return promise
  }
}

/**
 * Writes a document through each line and waits until a newcomer would get it. The lines are closed afterwards.
 *
 * @param o.contentBytes what the updates take as one
 */
export async function writeEach(
  lines: readonly Line[],
  o: { updates: readonly Uint8Array[]; contentBytes: number; atOnce: number },
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < lines.length) await writeOne(lines[next++] as Line, o.updates, o.contentBytes)
  }
  await Promise.all(Array.from({ length: Math.min(o.atOnce, lines.length) }, worker))
}

async function writeOne(line: Line, updates: readonly Uint8Array[], contentBytes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let before: number | undefined
  const client: LoadClient = new LoadClient(line, {
    onSync(kind, _, start, end) {
      if (kind !== KIND.step2) return
      if (before === undefined) {
        before = end - start
        for (const update of updates) client.write(client.syncFrame(KIND.update, update))
      } else if (end - start >= before + contentBytes * ENOUGH) return resolve()
      setTimeout(() => client.ask(), STORED_POLL_MS)
    },
    onClose: (code) => reject(new Error(`${line.path} was closed with ${code}`)),
  })
  const late = setTimeout(() => reject(new Error(`${line.path}: not stored`)), GIVE_UP_MS)
  try {
    await promise
  } finally {
    clearTimeout(late)
    client.end()
  }
}
