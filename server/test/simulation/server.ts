import type { Part, ReportState, Role } from '@gongping/permissions'
import { CLOSE } from '@gongping/protocol'
import { disableFormatCleanup } from '@gongping/report-doc'
import * as Y from 'yjs'
import type { Connection } from '../../src/sync/connection.ts'
import { Cluster } from '../../src/sync/cluster.ts'
import { Hub } from '../../src/sync/hub.ts'
import { noMetrics } from '../../src/sync/metrics.ts'
import { Outgoing } from '../../src/sync/outgoing.ts'
import type { Access, LogEntry, PartKey, Transport } from '../../src/sync/types.ts'
import type { SimBus } from './bus.ts'
import type { Caller } from './client.ts'
import { faultyConnection, faultyEnd, faultySharedLog, faultyStore, faultyTransport } from './faults.ts'
import type { PlantedFault } from './faults.ts'
import { isUpdateFrame, readFrame } from './frames.ts'
import { SimLink } from './link.ts'
import type { End } from './link.ts'
import type { Oracle } from './oracle.ts'
import { SERVER_USER } from './rights.ts'
import type { SimRights } from './rights.ts'
import { nameOf } from './store.ts'
import type { SimStore } from './store.ts'
import { tokensIn } from './tokens.ts'
import type { Life, World } from './world.ts'

export const REPORT = 'r'

/** One line, as seen from outside the core. */
interface Line {
  readonly caller: Caller
  /** The session it was dialled with. */
  readonly sessionId: string
  /** Tokens of each update frame the core has read of it, by number. */
  readonly received: (readonly string[])[]
  /** Longest frame it was shown, bytes. */
  longest: number
  /** Last number it was told. */
  saved: number
  connection?: Connection
}

/** Documents have a few kilobytes, and marks to match: what queues at a slow reader reaches them. */
const MARKS = { maxLagBytes: 1024, maxQueuedBytes: 1536 } as const
/** Documents that may wait for one reader besides what the marks allow: what it missed, and what it asked for meanwhile. */
const DOCUMENTS_AT_ONCE = 4
const OUR_MISTAKES = ['a frame could not be handled', 'a hint could not be used', 'a line could not be let in']
/** An operator command changes rights behind the server's back; it looks for that so often, milliseconds. */
const WATCH_MS = 1000
/** Other nodes have looked by then, also when no hint has reached them, milliseconds. */
const EVERYWHERE_MS = 2500

/** One run of the server program, from its start to its crash, over the disk that stays. */
export class SimServer {
  readonly life: Life = { alive: true }
  readonly hub: Hub
  readonly #world: World
  readonly #oracle: Oracle
  readonly #store: SimStore
  readonly #rights: SimRights
  readonly #fault: PlantedFault | undefined
  readonly #ownerOf: (clientId: number) => string | undefined
  /** Present where there are other nodes. */
  readonly #cluster: Cluster | undefined
  readonly #lines = new Map<SimLink, Line>()

  constructor(options: {
    world: World
    oracle: Oracle
    store: SimStore
    rights: SimRights
    fault: PlantedFault | undefined
    ownerOf: (clientId: number) => string | undefined
    /** Its own name and what it hears of the others, where there are any. */
    node?: { readonly name: string; readonly bus: SimBus } | undefined
  }) {
    const { world, oracle, store, rights, fault, ownerOf, node } = options
    this.#world = world
    this.#oracle = oracle
    this.#store = store
    this.#rights = rights
    this.#fault = fault
    this.#ownerOf = ownerOf
    const { life } = this
    const system = world.systemOf(life)
    const partStore = faultyStore(fault, {
      world,
      life,
      store: store.connect(life),
      show: (entry, frame) => this.#showAll(entry, frame),
    })
    const findAccess = (userId: string) => this.#findAccess(userId)
    const log = {
      warn: () => undefined,
      error: (fields: Record<string, unknown>, message: string) => {
        if (OUR_MISTAKES.includes(message)) oracle.find('other', `${message}: ${String(fields.error)}`)
      },
    }
    this.#cluster =
      node &&
      new Cluster({
        node: node.name,
        bus: node.bus.connect(life),
        store: partStore,
        shared: faultySharedLog(fault, store.share(life)),
        findAccess,
        system,
        log,
        metrics: {
          heard: () => undefined,
          healed: (rows) => (oracle.counts.healed += rows),
          overtaken: () => (oracle.counts.overtaken += 1),
          pollFailed: () => undefined,
        },
        abandonConnections: () => undefined,
        streams: { sessionIds: () => new Set(), end: () => undefined },
        onEvent: () => undefined,
        onScored: () => undefined,
        onUnscored: () => undefined,
      })
    this.hub = new Hub({
      marks: MARKS,
      store: partStore,
      findAccess,
      system,
      metrics: noMetrics,
      log,
      unloadAfterMs: 3000,
      peers: this.#cluster,
    })
    this.#cluster?.attach(this.hub)
  }

  /** Takes a caller in as the upgrade does: rights first, then the socket. */
  dial(caller: Caller, client: End): SimLink {
    const world = this.#world
    const server: End = { onFrame: () => undefined, onClose: () => undefined }
    const link = new SimLink(world, { client, server, bytesPerMs: caller.bytesPerMs })
    const line: Line = { caller, sessionId: caller.sessionId, received: [], longest: 0, saved: 0 }
    this.#lines.set(link, line)
    world.schedule(world.random.below(20), 'upgrade', () => {
      if (this.life.alive) void this.#admit(link, line, server)
    })
    return link
  }

  async #admit(link: SimLink, line: Line, server: End): Promise<void> {
    const { caller, sessionId, received } = line
    const { rightsEpoch } = this.hub
    const isSignedIn = () => this.#ask(() => this.#rights.isStanding(sessionId))
    const access = (await isSignedIn()) ? await this.#findAccess(caller.userId) : undefined
    if (!access) {
      this.#lines.delete(link)
      return link.drop()
    }
    link.accept()
    link.onShown = (bytes) => this.#judgeShown(bytes, { link, line })
    const connection = this.hub.join({
      key: { reportId: REPORT, part: caller.part },
      access,
      rightsEpoch,
      ext: caller.ext,
      transport: faultyTransport(this.#fault, this.#counted(link.transport), MARKS),
      sessionId,
      isSignedIn,
    })
    line.connection = connection
    faultyConnection(this.#fault, connection)
    const receive = faultyEnd(this.#fault, {
      world: this.#world,
      life: this.life,
      store: this.#store,
      link,
      connection,
    })
    server.onFrame = (frame) => {
      if (!this.life.alive) return
      if (isUpdateFrame(frame)) received.push(tokensIn(frame))
      receive(frame)
    }
    server.onClose = () => {
      this.#lines.delete(link)
      if (this.life.alive) connection.gone()
    }
  }

  /** Counts what slow readers and shut out people met. */
  #counted(transport: Transport): Transport {
    const { counts } = this.#oracle
    return {
      ...transport,
      get queuedBytes() {
        return transport.queuedBytes
      },
      onDrained: (run) => {
        counts.caughtUp += 1
        transport.onDrained?.(run)
      },
      close: (code, reason) => {
        if (code === CLOSE.tooSlow) counts.tooSlow += 1
        if (code === CLOSE.signedOut || code === CLOSE.gone) counts.shutOut += 1
        transport.close(code, reason)
      },
    }
  }

  /** Power off, now. */
  crash(): void {
    this.#store.crash(this.life)
    for (const link of this.#lines.keys()) {
      if (this.#world.random.next() < 0.5) link.drop()
      else link.cut()
    }
    this.#lines.clear()
  }

  /** SIGTERM: the core closes by itself, then the process ends. */
  async stop(): Promise<void> {
    await this.hub.close()
    this.#cluster?.close()
    this.crash()
  }

  /** Moves the report on, as a transition does. */
  async move(to: ReportState): Promise<void> {
    try {
      await this.hub.hold(REPORT, async () => {
        await this.#pause()
        this.#rights.state = to
        this.#cluster?.tellRights(REPORT, 'somebody')
        await this.hub.accessChanged(REPORT, 'somebody')
      })
    } catch {
      // Storing took too long: the report stays where it is.
    }
  }

  /** These sessions end, as by signing out; everything of the user is looked through at once. */
  async endSessions(userId: string, sessionIds: readonly string[]): Promise<void> {
    const tookEffect = this.#rights.signOut(sessionIds)
    if (this.#cluster) this.#world.schedule(EVERYWHERE_MS, 'everywhere', tookEffect)
    await this.#pause()
    this.#cluster?.tellUser(userId)
    await this.hub.userChanged(userId)
    if (!this.#cluster) tookEffect()
  }

  /** The user gets another role, or none: told of by somebody, or found by looking. */
  async setRole(userId: string, role: Role | undefined): Promise<void> {
    const tookEffect = this.#rights.setRole({ userId, role, now: this.#world.now })
    const isTold = this.#world.random.next() < 0.5
    if (this.#cluster) {
      this.#world.schedule(EVERYWHERE_MS, 'everywhere', () => tookEffect(this.#world.now))
      if (!isTold) return
    }
    await this.#pause(isTold ? undefined : WATCH_MS)
    this.#cluster?.tellRights(REPORT, '')
    await (isTold ? this.hub.accessChanged(REPORT) : this.hub.anythingChanged())
    if (!this.#cluster) tookEffect(this.#world.now)
  }

  /** Folds the log into a snapshot, as the scorer does after each save. */
  async fold(part: Part): Promise<void> {
    const key = { reportId: REPORT, part }
    try {
      const { seq, state } = await this.hub.readPartAt(key)
      const doc = new Y.Doc()
      disableFormatCleanup(doc)
      Y.applyUpdate(doc, state)
      const folded = Y.encodeStateAsUpdate(doc)
      await this.#pause()
      this.#store.fold(key, seq, folded)
      this.hub.fold(key, seq, folded)
    } catch {
      // The document can't be read at the moment; the next save folds it.
    }
  }

  /** An edit by the server itself, as restoring a version is. */
  async write(token: string): Promise<void> {
    const key: PartKey = { reportId: REPORT, part: 'narrative' }
    try {
      const doc = new Y.Doc()
      doc.clientID = 2 ** 31 + this.#world.random.below(2 ** 30)
      Y.applyUpdate(doc, await this.hub.readPart(key))
      const vector = Y.encodeStateVector(doc)
      doc.get('body', Y.XmlElement).push([new Y.XmlText(token)])
      await this.hub.applyAs({ ...key, userId: SERVER_USER, update: Y.encodeStateAsUpdate(doc, vector) })
    } catch {
      return
    }
    if (!this.#store.tokens.has(token)) this.#oracle.find('falselySaved', `${token} of the server`)
    this.#oracle.know([token])
  }

  /** A question to the database takes a while, and gets no answer when the process ends. */
  #pause(upToMs = 15): Promise<void> {
    return new Promise((resolve) => {
      this.#world.schedule(this.#world.random.below(upToMs), 'answer', () => {
        if (this.life.alive) resolve()
      })
    })
  }

  /** The answer may be of any moment between the question and its arrival. */
  async #ask<T>(read: () => T): Promise<T> {
    const early = this.#world.random.next() < 0.5 ? { answer: read() } : undefined
    await this.#pause()
    return early ? early.answer : read()
  }

  async #findAccess(userId: string): Promise<Access | undefined> {
    return this.#ask(() => {
      const access = this.#rights.accessOf(userId)
      return access && this.#cluster ? { ...access, epoch: this.#rights.epoch } : access
    })
  }

  #showAll(entry: LogEntry, frame: Uint8Array): void {
    for (const [link, { caller, connection }] of this.#lines) {
      if (connection?.isOpen && nameOf({ reportId: REPORT, part: caller.part }) === nameOf(entry))
        link.transport.send(new Outgoing([frame]))
    }
  }

  #judgeShown(bytes: Uint8Array, { link, line }: { link: SimLink; line: Line }): void {
    const { caller, sessionId, received } = line
    if (this.#rights.isShutOut({ userId: caller.userId, sessionId })) this.#oracle.find('outlived', sessionId)
    line.longest = Math.max(line.longest, bytes.length)
    const { queuedBytes } = link.transport
    const allowed = MARKS.maxQueuedBytes + DOCUMENTS_AT_ONCE * line.longest
    if (queuedBytes > allowed) this.#oracle.find('overfull', `${queuedBytes} bytes instead of ${allowed}`)
    const heard = readFrame(bytes)
    if (heard.kind === 'update' || heard.kind === 'step2') {
      for (const token of tokensIn(bytes)) {
        if (!this.#store.tokens.has(token)) this.#oracle.find('shownEarly', token)
      }
    } else if (heard.kind === 'ext' && heard.frame.type === 'saved') {
      if (heard.frame.frames > received.length) this.#oracle.find('falselySaved', 'more frames than were read')
      if (heard.frame.frames < line.saved) this.#oracle.find('other', 'a smaller number is saved after a larger one')
      line.saved = heard.frame.frames
      for (const token of received.slice(0, heard.frame.frames).flat()) {
        // What was typed and deleted may come as a deletion only.
        if (!this.#store.tokens.has(token) && !this.#oracle.deleted.has(token)) this.#oracle.find('falselySaved', token)
      }
    } else if (heard.kind === 'presence') {
      for (const [clientId, state] of heard.states) {
        const owner = this.#ownerOf(clientId)
        const name = (state as { name?: string } | null)?.name
        if (owner !== undefined && name !== undefined && name !== owner)
          this.#oracle.find('spoofed', `${name} as ${owner}`)
      }
    }
  }
}
