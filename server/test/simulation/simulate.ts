import { REPORT_STATES } from '@gongping/permissions'
import type { Part } from '@gongping/permissions'
import { disableFormatCleanup } from '@gongping/report-doc'
import * as Y from 'yjs'
import type { LogEntry } from '../../src/sync/types.ts'
import { randomFrom } from '../guard-support.ts'
import { seedOf } from '../sync-support.ts'
import { SimAttacker } from './attacker.ts'
import { SimBus } from './bus.ts'
import { SimClient, plainTextOf, sorted, textOf } from './client.ts'
import type { Caller, Surroundings } from './client.ts'
import { FAULTS_BETWEEN_NODES } from './faults.ts'
import type { PlantedFault } from './faults.ts'
import { SimLink } from './link.ts'
import { Oracle } from './oracle.ts'
import type { Counts } from './oracle.ts'
import { MEMBERS, SimRights } from './rights.ts'
import type { UserId } from './rights.ts'
import { REPORT, SimServer } from './server.ts'
import { SimStore } from './store.ts'
import { tokenOf, tokensInText } from './tokens.ts'
import { World } from './world.ts'

export interface SimulationReport {
  readonly seed: number
  /** The same seed gives the same one, whatever else runs. */
  readonly traceHash: string
  readonly steps: number
  readonly crashes: number
  readonly isGood: boolean
  readonly counts: Counts
  /** What went wrong, in words. */
  readonly findings: readonly string[]
}

const USERS = ['filler', 'head', 'finance', 'filler'] as const satisfies readonly UserId[]
const PARTS_IN_USE: readonly Part[] = ['narrative', 'self']
const nobody = { onFrame: () => undefined, onClose: () => undefined }
const SETTLE_EVENTS = 60_000
/** Every so manyth schedule has two nodes on one log. */
const CLUSTER_EVERY = 5
/** By then nodes have looked at the log and at rights, milliseconds. */
const HEALED_MS = 3000
/** Bytes per millisecond of a slow reader. */
const SLOW = { least: 0.05, most: 1 } as const

/**
 * One schedule: people type, break off, come back, reload, read slowly, are signed out or lose their role; the report moves
 * on; the disk fails; the server is killed between any two events and starts again. In some schedules two nodes share the
 * log, and hints between them get lost. At the end everything heals, settles, and is compared with a fresh start.
 *
 * @param options.fault put into the server on purpose, to see whether it is found
 */
export function simulate(options: { seed: number; fault?: PlantedFault | undefined }): Promise<SimulationReport> {
  return new Run(options).play()
}

class Run {
  readonly #seed: number
  readonly #fault: PlantedFault | undefined
  readonly #world: World
  readonly #oracle = new Oracle()
  readonly #store: SimStore
  readonly #rights = new SimRights()
  readonly #clients: SimClient[]
  readonly #attacker: SimAttacker | undefined
  readonly #owners = new Map<number, string>()
  readonly #steps: number
  /** By node; undefined while it is down. */
  readonly #servers: (SimServer | undefined)[]
  /** Present where there are several nodes. */
  readonly #bus: SimBus | undefined
  #crashes = 0
  #isSettling = false
  #serverWrites = 0
  #ids = 0
  #starts = 0

  constructor({ seed, fault }: { seed: number; fault?: PlantedFault | undefined }) {
    this.#seed = seed
    this.#fault = fault
    const world = new World(seed)
    this.#world = world
    this.#store = new SimStore(world, this.#rights)
    const hasPeers = seed % CLUSTER_EVERY === 0 || FAULTS_BETWEEN_NODES.includes(fault)
    this.#servers = hasPeers ? [undefined, undefined] : [undefined]
    if (hasPeers) {
      this.#bus = new SimBus(world)
      this.#store.onPut = (entries) => this.#judgePut(entries)
    } else this.#store.onAppend = (entries) => this.#judgeStored(entries)
    for (const part of PARTS_IN_USE) this.#store.create({ reportId: REPORT, part }, seeds[part])
    const { random } = world
    this.#steps = 60 + random.below(141)
    const around: Surroundings = {
      world,
      oracle: this.#oracle,
      rights: this.#rights,
      dial: (caller, end) => {
        const server = this.#running()
        if (server) return server.dial(caller, end)
        const link = new SimLink(world, { client: end, server: nobody, bytesPerMs: Infinity })
        link.drop()
        return link
      },
      newClientId: (caller) => this.#newClientId(caller),
      isStored: (clientId) => PARTS_IN_USE.some((part) => this.#store.hasOwner({ reportId: REPORT, part }, clientId)),
    }
    this.#clients = Array.from({ length: 4 + random.below(5) }, (_, index) => {
      const userId = USERS[index % USERS.length] ?? 'filler'
      const part = random.next() < 0.75 ? 'narrative' : 'self'
      const bytesPerMs = random.next() < 0.3 ? SLOW.least + random.next() * (SLOW.most - SLOW.least) : Infinity
      return new SimClient({ name: `c${index}`, userId, part, ext: random.next() < 0.8, bytesPerMs, around })
    })
    this.#attacker = random.next() < 0.5 ? new SimAttacker(around) : undefined
    for (const node of this.#servers.keys()) this.#boot(node)
  }

  async play(): Promise<SimulationReport> {
    const { random } = this.#world
    for (const client of this.#clients) client.dial()
    const isRough = random.next() < 0.4
    if (isRough) {
      this.#store.failures = 0.15
      this.#store.loadFailures = 0.1
    }
    for (let step = 0; step < this.#steps; step += 1) {
      this.#act()
      for (let events = random.below(10); events > 0; events -= 1) await this.#world.step()
    }
    await this.#settle()
    await this.#compare()
    return {
      seed: this.#seed,
      traceHash: this.#world.traceHash,
      steps: this.#steps,
      crashes: this.#crashes,
      isGood: this.#oracle.isGood,
      counts: this.#oracle.counts,
      findings: this.#oracle.findings,
    }
  }

  #act(): void {
    const { random } = this.#world
    const client = random.pick(this.#clients)
    const roll = random.next()
    const server = this.#running()
    if (roll < 0.55) {
      // Hands write only what the page lets them; pages learn of a change late.
      if (client.mayWrite || random.next() < 0.1) client.edit()
    } else if (roll < 0.59) client.link?.cut()
    else if (roll < 0.6) client.link?.fallSilent()
    else if (roll < 0.62) client.link?.stall(random.below(10_000))
    else if (roll < 0.65) client.goOffline()
    else if (roll < 0.7) client.dial()
    else if (roll < 0.73) client.reload({ keeps: random.next() < 0.6 })
    else if (roll < 0.75) client.repeat()
    else if (roll < 0.77) client.showPresence()
    else if (roll < 0.86) this.#attacker?.act()
    else if (roll < 0.89) void server?.fold(random.pick(PARTS_IN_USE))
    else if (roll < 0.9) void server?.write(tokenOf('s', this.#countWrite()))
    else if (roll < 0.92) void server?.move(random.next() < 0.5 ? 'draft' : random.pick(REPORT_STATES))
    else if (roll < 0.925) void server?.endSessions(...this.#sessionsToEnd())
    else if (roll < 0.935) this.#changeRole()
    else if (roll < 0.945) this.#store.failures = this.#store.failures === 1 ? 0.1 : 1
    else if (roll < 0.955) this.#crash()
    else if (roll < 0.965) this.#restart()
    else if (roll < 0.97 && this.#bus) this.#bus.isUp = !this.#bus.isUp
    else for (const node of this.#servers.keys()) if (!this.#servers[node]) this.#boot(node)
  }

  /** One session of a user, or all of them. */
  #sessionsToEnd(): [userId: string, sessionIds: string[]] {
    const { random } = this.#world
    const everybody = [...this.#clients, ...(this.#attacker ? [this.#attacker] : [])]
    const { userId, sessionId } = random.pick(everybody)
    const all = everybody.filter((one) => one.userId === userId).map((one) => one.sessionId)
    return [userId, random.next() < 0.5 ? [sessionId] : all]
  }

  /** Somebody loses the membership or gets a role with another pen, or the old one again; at times one right after the other. */
  #changeRole(): void {
    const { random } = this.#world
    const userId = random.pick(Object.keys(MEMBERS) as UserId[])
    const change = () =>
      void this.#serverAtWork()?.setRole(
        userId,
        random.pick([undefined, 'finance', MEMBERS[userId], MEMBERS[userId]] as const),
      )
    change()
    if (random.next() < 0.5) this.#world.schedule(random.below(20), 'change', change)
  }

  #countWrite(): number {
    this.#oracle.counts.attempted += 1
    return (this.#serverWrites += 1)
  }

  #boot(node: number): void {
    if (!this.#bus) this.#rights.takeEffect(this.#world.now)
    this.#servers[node] = new SimServer({
      world: this.#world,
      oracle: this.#oracle,
      store: this.#store,
      rights: this.#rights,
      fault: this.#fault,
      ownerOf: (clientId) => this.#owners.get(clientId),
      node: this.#bus && { name: `node ${(this.#starts += 1)}`, bus: this.#bus },
    })
  }

  #crash(): void {
    const server = this.#running()
    if (!server) return
    this.#crashes += 1
    this.#world.note('crash')
    server.crash()
    this.#hasEnded(server)
  }

  #restart(): void {
    const server = this.#running()
    if (server) void server.stop().then(() => this.#hasEnded(server))
  }

  #hasEnded(server: SimServer): void {
    const node = this.#servers.indexOf(server)
    if (node < 0) return
    this.#servers[node] = undefined
    this.#attacker?.forget()
    this.#world.schedule(this.#world.random.below(500), 'boot', () => {
      if (!this.#servers[node]) this.#boot(node)
    })
  }

  /** One that runs. */
  #running(): SimServer | undefined {
    const running = this.#servers.filter((server) => server !== undefined)
    return running.length > 1 ? this.#world.random.pick(running) : running[0]
  }

  #serverAtWork(): SimServer | undefined {
    return this.#isSettling ? undefined : this.#running()
  }

  /** Everything works again; every client comes back and says all it has. */
  async #settle(): Promise<void> {
    this.#isSettling = true
    this.#store.failures = 0
    this.#store.loadFailures = 0
    this.#attacker?.leave()
    if (this.#bus) Object.assign(this.#bus, { isUp: true, faults: 0 })
    for (const node of this.#servers.keys()) if (!this.#servers[node]) this.#boot(node)
    for (const userId of Object.keys(MEMBERS) as UserId[]) void this.#running()?.setRole(userId, MEMBERS[userId])
    for (const client of this.#clients) client.dial()
    await this.#calmDown()
    if (this.#bus) {
      await this.#world.pass(HEALED_MS)
      await this.#calmDown()
    }
    for (const client of this.#clients) {
      if (!client.isOpen) this.#oracle.find('other', `${client.name} is not let in`)
      else if (!client.isAnswered) this.#oracle.find('other', `${client.name} waits for its answer`)
    }
  }

  async #calmDown(): Promise<void> {
    for (let left = SETTLE_EVENTS; this.#world.pending > 0; left -= 1) {
      if (left === 0) return this.#oracle.find('other', 'does not settle')
      await this.#world.step()
    }
  }

  /** What a fresh start reads is what everybody has, and holds everything anybody knows. */
  async #compare(): Promise<void> {
    const documents = this.#clients.map((client) => ({
      client,
      content: contentOf(client.doc, client.part),
      plain: plainContentOf(client.doc, client.part),
    }))
    for (const server of this.#servers.splice(0)) server?.crash()
    this.#boot(0)
    for (const part of PARTS_IN_USE) {
      const fresh = await this.#readFresh(part)
      const expected = contentOf(fresh, part)
      const replayed = contentOf(this.#store.replay({ reportId: REPORT, part }), part)
      if (replayed !== expected) this.#oracle.find('diverged', `the log of ${part}: ${replayed} instead of ${expected}`)
      for (const { client, content, plain } of documents.filter((one) => one.client.part === part)) {
        const [there, wanted] = client.tidiesUp ? [plain, plainContentOf(fresh, part)] : [content, expected]
        if (there !== wanted) this.#oracle.find('diverged', `${client.name}: ${there} instead of ${wanted}`)
        if (client.doc.store.pendingStructs) this.#oracle.find('diverged', `${client.name} waits for edits`)
      }
      this.#countTokens(tokensInText(expected.split('\n', 1)[0] ?? ''), part)
    }
    this.#oracle.counts.known = this.#oracle.known.size
  }

  #countTokens(present: readonly string[], part: Part): void {
    const there = new Set(present)
    if (there.size !== present.length) this.#oracle.find('twice', part)
    for (const token of this.#oracle.known) {
      if (this.#partOf(token) === part && !there.has(token) && !this.#oracle.deleted.has(token))
        this.#oracle.find('lost', token)
    }
  }

  #partOf(token: string): Part {
    const name = token.slice(1, token.indexOf('.'))
    return this.#clients.find((client) => client.name === name)?.part ?? 'narrative'
  }

  async #readFresh(part: Part): Promise<Y.Doc> {
    const doc = new Y.Doc()
    disableFormatCleanup(doc)
    const reading = this.#running()
      ?.hub.readPart({ reportId: REPORT, part })
      .then(
        (state) => Y.applyUpdate(doc, state),
        () => this.#oracle.find('diverged', `${part} can not be read again`),
      )
    const state = { isRead: false }
    const read = reading?.finally(() => (state.isRead = true))
    // With a fault built in there may be clients that never come to rest.
    while (!state.isRead && this.#world.pending > 0) await this.#world.step()
    await read
    return doc
  }

  #newClientId({ userId }: Caller): number {
    // Spread over the whole range, so that neither side of Yjs' order by id is the rule.
    const id = 100 + Math.floor(randomFrom(this.#seed * 1000 + (this.#ids += 1)).next() * 2 ** 30)
    this.#owners.set(id, userId)
    return id
  }

  #judgePut(entries: readonly LogEntry[]): void {
    this.#judgeOwners(entries)
    for (const { userId, part } of entries) {
      if (!this.#rights.holdsPen(userId, part)) this.#oracle.find('forbidden', userId)
    }
  }

  #judgeOwners(entries: readonly LogEntry[]): void {
    for (const { userId, newClientIds } of entries) {
      for (const clientId of newClientIds) {
        const owner = this.#owners.get(clientId) ?? userId
        if (owner !== userId) this.#oracle.find('forbidden', `${userId} under an id of ${owner}`)
      }
    }
  }

  #judgeStored(entries: readonly LogEntry[]): void {
    this.#judgeOwners(entries)
    for (const { userId, part, at } of entries) {
      if (!this.#rights.mayStore({ userId, part, at })) this.#oracle.find('forbidden', userId)
    }
  }
}

const seeds = Object.fromEntries(PARTS_IN_USE.map((part) => [part, seedOf(part)])) as Record<Part, Uint8Array>

/** First line: what people see; then how far each client id got. */
function contentOf(doc: Y.Doc, part: Part): string {
  return part === 'narrative' ? `${textOf(doc).replaceAll('\n', ' ')}\n${vectorOf(doc)}` : plainContentOf(doc, part)
}

function plainContentOf(doc: Y.Doc, part: Part): string {
  const seen =
    part === 'narrative' ? plainTextOf(doc).replaceAll('\n', ' ') : JSON.stringify(sorted(doc.getMap('facts').toJSON()))
  return `${seen}\n${vectorOf(doc)}`
}

const vectorOf = (doc: Y.Doc): string =>
  JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(doc))].toSorted(([one], [other]) => one - other))
