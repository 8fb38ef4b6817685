import { CLOSE, FRAME } from '@gongping/protocol'
import { disableFormatCleanup } from '@gongping/report-doc'
import * as Y from 'yjs'
import type { Part } from '@gongping/permissions'
import { presenceMessage } from '../sync-support.ts'
import { readFrame, syncFrame } from './frames.ts'
import type { End, SimLink } from './link.ts'
import type { Oracle } from './oracle.ts'
import type { SimRights } from './rights.ts'
import { tokenOf, tokensIn, tokensInText } from './tokens.ts'
import type { World } from './world.ts'

/** Who a line is for. */
export interface Caller {
  readonly userId: string
  readonly part: Part
  readonly ext: boolean
  /** How quickly it reads; `Infinity`: whatever the network brings. */
  readonly bytesPerMs: number
  /** Another one after each sign-in. */
  readonly sessionId: string
}

export interface Surroundings {
  readonly world: World
  readonly oracle: Oracle
  readonly rights: SimRights
  dial(client: Caller, end: End): SimLink
  /** Client ids nobody else has had. */
  newClientId(caller: Caller): number
  /** The disk knows whose it is. */
  isStored(clientId: number): boolean
}

const RETRY_MS = 2000
const REMOTE = 'remote'

/**
 * An honest client: keeps a document, sends what is typed when the line is open, answers sync step 1 with all that the
 * server lacks, and comes back after a break with its document or without.
 */
export class SimClient implements Caller {
  readonly name: string
  readonly userId: string
  readonly part: Part
  readonly ext: boolean
  readonly bytesPerMs: number
  sessionId: string
  doc!: Y.Doc
  /** A stock client, whose Yjs removes format marks by itself, at times also ones that still count. */
  tidiesUp = false
  /** What it may do now, as far as it was told; plain clients are told nothing and find out. */
  mayWrite = true
  #around: Surroundings
  #link: SimLink | undefined
  #state: 'off' | 'dialling' | 'open' = 'off'
  #wantsLine = true
  #dialled = 0
  #typed = 0
  /** Tokens of each update frame of this line, by number. */
  #sent: (readonly string[])[] = []
  #saved = 0
  #presenceClock = 0
  #copies = 0

  constructor(options: {
    name: string
    userId: string
    part: Part
    ext: boolean
    bytesPerMs: number
    around: Surroundings
  }) {
    this.name = options.name
    this.userId = options.userId
    this.part = options.part
    this.ext = options.ext
    this.bytesPerMs = options.bytesPerMs
    this.#around = options.around
    this.sessionId = this.#around.rights.signIn(this.userId)
    this.#takeDoc(undefined)
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Everything it sent on this line is answered. */
  get isAnswered(): boolean {
    return !this.ext || this.#saved === this.#sent.length
  }

  edit(): void {
    const { random } = this.#around.world
    const roll = random.next()
    this.doc.transact(() => {
      if (this.part === 'narrative') this.#editText(roll)
      else this.#setKey()
    })
  }

  dial(): void {
    this.#wantsLine = true
    if (this.#state !== 'off') return
    this.#state = 'dialling'
    // Whoever is turned away finds out at some time that it is signed out, and signs in.
    const { rights, world } = this.#around
    if (!rights.isStanding(this.sessionId) && world.random.next() < 0.5) this.sessionId = rights.signIn(this.userId)
    this.#sent = []
    this.#saved = 0
    const dialled = (this.#dialled += 1)
    const ifMine = (run: () => void) => {
      if (this.#dialled === dialled) run()
    }
    this.#link = this.#around.dial(this, {
      onOpen: () => ifMine(() => this.#opened()),
      onFrame: (bytes) => ifMine(() => this.#heard(bytes)),
      onClose: (code) => ifMine(() => this.#closed(code)),
    })
  }

  goOffline(): void {
    this.#wantsLine = false
    if (this.#state === 'off') return
    this.#link?.hangUp()
    this.#lineGone()
  }

  get link(): SimLink | undefined {
    return this.#link
  }

  /** A reload of the page: without memory, or with the copy that the browser kept. */
  reload({ keeps }: { keeps: boolean }): void {
    // Each copy brings the ids of the lives before; one line may take eight.
    this.#copies = keeps ? this.#copies + 1 : 0
    const kept = keeps && this.#copies < 6 ? Y.encodeStateAsUpdate(this.doc) : undefined
    this.goOffline()
    this.#takeDoc(kept)
    this.dial()
  }

  /** Says something twice, or asks again, as clients do. */
  repeat(): void {
    if (this.#state !== 'open') return
    const roll = this.#around.world.random.next()
    if (roll < 0.3) this.#send(syncFrame('step1', Y.encodeStateVector(this.doc)))
    else if (roll < 0.6) this.#askWhoIsThere()
    else this.#sendUpdate('update', Y.encodeStateAsUpdate(this.doc))
  }

  /** Several times in a row, as a page does whose tabs all wake up. */
  #askWhoIsThere(): void {
    for (let times = this.#around.world.random.below(8); times > 0; times -= 1) {
      this.#send(Uint8Array.of(FRAME.queryAwareness))
    }
  }

  showPresence(): void {
    if (this.#state !== 'open') return
    const state = { name: this.name, section: this.#around.world.random.below(9) }
    this.#send(presenceMessage([{ clientId: this.doc.clientID, clock: (this.#presenceClock += 1), state }]))
  }

  #heard(bytes: Uint8Array): void {
    const heard = readFrame(bytes)
    switch (heard.kind) {
      case 'step1':
        return this.#sendUpdate('step2', Y.encodeStateAsUpdate(this.doc, heard.bytes))
      case 'step2':
      case 'update':
        Y.applyUpdate(this.doc, heard.bytes, REMOTE)
        return this.#around.oracle.know(tokensIn(heard.bytes).filter((token) => !token.startsWith(`[${this.name}.`)))
      case 'ext':
        if (heard.frame.type === 'hello' || heard.frame.type === 'state') this.mayWrite = heard.frame.mayWrite
        if (heard.frame.type === 'saved') {
          for (const tokens of this.#sent.slice(this.#saved, heard.frame.frames)) this.#around.oracle.know(tokens)
          this.#saved = heard.frame.frames
        }
        if (heard.frame.type === 'refused' && heard.frame.reason !== 'no-pen') this.#wronged(heard.frame.reason)
        return
      default:
    }
  }

  #closed(code: number): void {
    this.#lineGone()
    const isFinal = code >= 4400 && code < 4500
    const isShutOut = this.#isRightlyShutOut(code)
    if (isFinal && !isShutOut && code !== CLOSE.refused) this.#wronged(`closed with ${code}`)
    // Who is shut out keeps what it has typed, and sends it when let in again.
    if (isFinal && !isShutOut) this.#takeDoc(undefined)
    if (this.#wantsLine) this.#dialLater()
  }

  #isRightlyShutOut(code: number): boolean {
    const { rights } = this.#around
    if (code === CLOSE.signedOut) return !rights.isStanding(this.sessionId)
    return code === CLOSE.gone && rights.wasEverOut(this.userId)
  }

  #wronged(why: string): void {
    this.#around.oracle.find('other', `honest ${this.name} was refused: ${why}`)
  }

  #dialLater(): void {
    const { world } = this.#around
    world.schedule(world.random.below(RETRY_MS), 'dial', () => {
      if (this.#wantsLine) this.dial()
    })
  }

  #opened(): void {
    this.#state = 'open'
    this.#send(syncFrame('step1', Y.encodeStateVector(this.doc)))
    this.showPresence()
  }

  #lineGone(): void {
    this.#state = 'off'
    this.#dialled += 1
    this.#link = undefined
  }

  #takeDoc(kept: Uint8Array | undefined): void {
    const doc = new Y.Doc({ guid: 'part', gc: this.#around.world.random.next() < 0.7 })
    // Our editor leaves superfluous format marks alone, stock clients tidy up.
    this.tidiesUp = this.#around.world.random.next() < 0.5
    if (!this.tidiesUp) disableFormatCleanup(doc)
    doc.clientID = this.#around.newClientId(this)
    if (kept) Y.applyUpdate(doc, kept)
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== REMOTE) this.#sendUpdate('update', update)
    })
    this.doc?.destroy()
    this.doc = doc
  }

  #sendUpdate(kind: 'step2' | 'update', update: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#sent.push(tokensIn(update))
    this.#send(syncFrame(kind, update))
  }

  #send(frame: Uint8Array): void {
    this.#link?.send(frame)
  }

  #newToken(): string {
    this.#around.oracle.counts.attempted += 1
    return tokenOf(this.name, (this.#typed += 1))
  }

  #setKey(): void {
    const token = this.#newToken()
    this.doc.getMap('facts').set(token.slice(1, -1), token)
  }

  #editText(roll: number): void {
    const { random } = this.#around.world
    const body = this.doc.get('body', Y.XmlElement)
    const texts = body.toArray().filter((child) => child instanceof Y.XmlText)
    if (roll < 0.12 || texts.length === 0) {
      body.insert(random.below(body.length + 1), [new Y.XmlText(this.#newToken())])
      return
    }
    const text = random.pick(texts)
    const plain = plainOf(text)
    const tokens = tokensInText(plain)
    if (roll < 0.72 || tokens.length === 0) {
      text.insert(boundary(plain, random.next()), this.#newToken())
      return
    }
    const token = random.pick(tokens)
    const at = plain.indexOf(token)
    if (roll < 0.86) {
      this.#around.oracle.deleted.add(token)
      text.delete(at, token.length)
    } else text.format(at, token.length, { bold: random.next() < 0.5 ? true : null })
  }
}

/** A place between tokens. */
function boundary(plain: string, share: number): number {
  const at = Math.floor(share * (plain.length + 1))
  const open = plain.lastIndexOf('[', at - 1)
  const close = plain.indexOf(']', open)
  return open >= 0 && close >= at ? close + 1 : at
}

const plainOf = (text: Y.XmlText): string =>
  (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')

export const textOf = (doc: Y.Doc): string =>
  doc
    .get('body', Y.XmlElement)
    .toArray()
    .map((child) => (child instanceof Y.XmlText ? JSON.stringify(child.toDelta()) : child.toString()))
    .join('\n')

/** The same without formats. */
export const plainTextOf = (doc: Y.Doc): string =>
  doc
    .get('body', Y.XmlElement)
    .toArray()
    .map((child) => (child instanceof Y.XmlText ? plainOf(child) : child.toString()))
    .join('\n')

export const sorted = (record: Record<string, unknown>) =>
  Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1))
