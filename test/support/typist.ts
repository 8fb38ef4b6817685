import { FRAME, SYNC, readExt } from '@gongping/protocol'
import type { ExtFrame } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'

/**
 * Somebody who types numbered tokens at the end of the narrative's first text and comes back by itself, to whichever
 * server it is told, when the line is lost. Remembers what it was told is saved and what it was shown of others.
 */
export class Typist {
  readonly name: string
  doc = new Y.Doc()
  /** Tokens typed so far. */
  typed = 0
  /** Tokens told saved and when first, milliseconds of `performance.now()`. */
  readonly saved = new Map<string, number>()
  /** Tokens of others and when they came first, milliseconds of `performance.now()`. */
  readonly seen = new Map<string, number>()
  readonly typedAt = new Map<string, number>()
  readonly closed: { code: number; at: number }[] = []
  readonly ext: ExtFrame[] = []
  /** States by client id as last heard. */
  readonly presence = new Map<number, unknown>()
  /** From losing a line to being complete again, milliseconds. */
  readonly gaps: number[] = []
  /** When each line came to stand, milliseconds of `performance.now()`. */
  readonly openedAt: number[] = []
  readonly #reportId: string
  readonly #cookie: string
  #where: () => string
  #socket: WebSocket | undefined
  #unsaved: { frame: number; tokens: readonly string[] }[] = []
  #frames = 0
  #isGone = false
  #answer = 'no answer'
  #lostAt: number | undefined
  #timer: NodeJS.Timeout | undefined
  #hasDocument = false
  /** Token of the edit that is being made. */
  #token: string | undefined

  /** @param o.where address of the server to connect to next, `ws://…` */
  constructor(o: { name: string; cookie: string; where: () => string; reportId?: string }) {
    this.name = o.name
    this.#cookie = o.cookie
    this.#where = o.where
    this.#reportId = o.reportId ?? 'demo'
    this.#follow()
  }

  /** Resolves when the document is complete. @throws when that takes too long */
  async join(): Promise<this> {
    this.#connect()
    const start = performance.now()
    while (!this.isComplete) {
      if (performance.now() - start > JOIN_MS) throw new Error(`${this.name} can't join: ${this.#answer}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return this
  }

  isComplete = false

  get isOnline(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN && this.isComplete
  }

  tokenOf(number: number): string {
    return `${this.name}.${number};`
  }

  /** Types one token, online or not. @param at where; absent: at the end */
  type(at?: number): string {
    this.typed += 1
    const token = this.tokenOf(this.typed)
    this.typedAt.set(token, performance.now())
    const text = paragraphOf(this.doc)
    this.#token = token
    text.insert(at ?? text.length, token)
    this.#token = undefined
    return token
  }

  /**
   * Types or deletes somewhere between tokens: a token, or filling that anybody may delete again.
   *
   * @param random 0 to 1
   */
  edit(random: () => number): void {
    if (!this.#hasDocument) return
    const text = paragraphOf(this.doc)
    const shown = textOf(text)
    const dice = random()
    if (dice < 0.2) {
      const fillings = [...shown.matchAll(/·+/g)]
      const filling = fillings[Math.floor(random() * fillings.length)]
      if (filling) return text.delete(filling.index, Math.ceil(filling[0].length * random()))
    }
    const end = shown.indexOf(';', Math.floor(random() * shown.length))
    const at = end < 0 ? shown.length : end + 1
    if (dice < 0.4) text.insert(at, '·'.repeat(1 + Math.floor(random() * 9)))
    else this.type(at)
  }

  /** Pastes filling at the end. */
  paste(length: number): void {
    const text = paragraphOf(this.doc)
    text.insert(text.length, '·'.repeat(length))
  }

  /** The line breaks without a word. */
  drop(): void {
    this.#socket?.terminate()
  }

  /** The page is loaded again: what was not saved is forgotten. */
  reload(): void {
    this.doc.destroy()
    this.doc = new Y.Doc()
    this.#follow()
    this.#hasDocument = false
    for (const token of this.typedAt.keys()) if (!this.saved.has(token)) this.typedAt.delete(token)
    this.drop()
  }

  showCursor(state: object): void {
    const encoder = encoding.createEncoder()
    const body = encoding.createEncoder()
    encoding.writeVarUint(body, 1)
    encoding.writeVarUint(body, this.doc.clientID)
    encoding.writeVarUint(body, this.#clock++)
    encoding.writeVarString(body, JSON.stringify(state))
    encoding.writeVarUint(encoder, FRAME.awareness)
    encoding.writeVarUint8Array(encoder, encoding.toUint8Array(body))
    this.#socket?.send(encoding.toUint8Array(encoder))
  }
  #clock = 1

  text(): string {
    return this.doc.get('body', Y.XmlElement).toString()
  }

  /** Everything typed was told saved. */
  get isAllSaved(): boolean {
    return [...this.typedAt.keys()].every((token) => this.saved.has(token))
  }

  leave(): void {
    this.#isGone = true
    clearTimeout(this.#timer)
    this.#socket?.terminate()
  }

  #follow(): void {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.#sendUpdate(SYNC.update, update, this.#token === undefined ? [] : [this.#token])
    })
  }

  #connect(): void {
    if (this.#isGone) return
    const socket = new WebSocket(`${this.#where()}/sync/${this.#reportId}/narrative?ext=1`, {
      headers: { cookie: this.#cookie },
      handshakeTimeout: 3000,
    })
    this.#socket = socket
    this.#frames = 0
    this.#unsaved = []
    socket.on('error', (error) => (this.#answer = error.message))
    socket.on('open', () => {
      this.openedAt.push(performance.now())
      socket.send(frameOf(SYNC.step1, Y.encodeStateVector(this.doc)))
    })
    socket.on('message', (data: Buffer) => this.#take(new Uint8Array(data)))
    socket.on('close', (code: number) => {
      if (this.#socket !== socket) return
      this.closed.push({ code, at: performance.now() })
      if (this.isComplete) this.#lostAt ??= performance.now()
      this.isComplete = false
      this.presence.clear()
      this.#timer = setTimeout(() => this.#connect(), 100 + Math.random() * 400)
    })
  }

  #take(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame)
    // Several frames of ours never share a message; the server's don't either.
    const type = decoding.readVarUint(decoder)
    if (type === FRAME.ext) return this.#takeExt(readExt(decoder))
    if (type === FRAME.awareness) return this.#takePresence(decoding.readVarUint8Array(decoder))
    if (type !== FRAME.sync) return
    const kind = decoding.readVarUint(decoder)
    const bytes = decoding.readVarUint8Array(decoder)
    if (kind === SYNC.step1) {
      const unsaved = [...this.typedAt.keys()].filter((token) => !this.saved.has(token))
      return this.#sendUpdate(SYNC.step2, Y.encodeStateAsUpdate(this.doc, bytes), unsaved)
    }
    const at = performance.now()
    for (const token of textsOf(bytes).flatMap(tokensIn)) {
      if (!token.startsWith(`${this.name}.`) && !this.seen.has(token)) this.seen.set(token, at)
    }
    Y.applyUpdate(this.doc, bytes, this)
    if (kind === SYNC.step2) {
      this.isComplete = true
      this.#hasDocument = true
      if (this.#lostAt !== undefined) this.gaps.push(at - this.#lostAt)
      this.#lostAt = undefined
    }
  }

  #takeExt(frame: ExtFrame): void {
    this.ext.push(frame)
    if (frame.type !== 'saved') return
    const at = performance.now()
    for (const { frame: number, tokens } of this.#unsaved) {
      if (number > frame.frames) continue
      for (const token of tokens) if (!this.saved.has(token)) this.saved.set(token, at)
    }
    this.#unsaved = this.#unsaved.filter(({ frame: number }) => number > frame.frames)
  }

  #takePresence(bytes: Uint8Array): void {
    const body = decoding.createDecoder(bytes)
    for (let left = decoding.readVarUint(body); left > 0; left -= 1) {
      const clientId = decoding.readVarUint(body)
      decoding.readVarUint(body)
      const state: unknown = JSON.parse(decoding.readVarString(body))
      if (state === null) this.presence.delete(clientId)
      else this.presence.set(clientId, state)
    }
  }

  #sendUpdate(kind: number, bytes: Uint8Array, tokens: readonly string[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#frames += 1
    this.#unsaved.push({ frame: this.#frames, tokens })
    this.#socket.send(frameOf(kind, bytes))
  }
}

/** Milliseconds. */
const JOIN_MS = 10_000

/** The first paragraph's text: headings are the template's. */
function paragraphOf(doc: Y.Doc): Y.XmlText {
  for (const block of doc.get('body', Y.XmlElement).toArray()) {
    if (!(block instanceof Y.XmlElement) || block.nodeName !== 'paragraph') continue
    const text = block.toArray().find((one) => one instanceof Y.XmlText)
    if (text) return text
  }
  throw new Error('no paragraph with text')
}

/** With one letter for whatever is not text, so that places agree. */
const textOf = (text: Y.XmlText): string =>
  (text.toDelta() as { insert: unknown }[])
    .map(({ insert }) => (typeof insert === 'string' ? insert : '\ufffc'))
    .join('')

/** Lost: known (told saved, or shown to somebody else) and not there. Twice: there more than once. */
export function judgeText(
  text: string,
  typists: readonly Typist[],
): { known: number; lost: string[]; twice: string[] } {
  const present = tokensIn(text)
  const there = new Set(present)
  const known = new Set(typists.flatMap(({ saved, seen }) => [...saved.keys(), ...seen.keys()]))
  const counts = new Map<string, number>()
  for (const token of present) counts.set(token, (counts.get(token) ?? 0) + 1)
  return {
    known: known.size,
    lost: [...known].filter((token) => !there.has(token)),
    twice: [...counts].filter(([, count]) => count > 1).map(([token]) => token),
  }
}

function frameOf(kind: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.sync)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

/** What an update inserts. Read as raw bytes, the length in front of a text may look like a letter of it. */
const textsOf = (update: Uint8Array): string[] =>
  Y.decodeUpdate(update).structs.flatMap((struct) =>
    struct instanceof Y.Item && struct.content instanceof Y.ContentString ? [struct.content.str] : [],
  )

const tokensIn = (text: string): string[] => text.match(/w[a-z0-9]+\.\d+;/g) ?? []

/** Everybody types every so often, until the time is over. */
export async function typeFor(typists: readonly Typist[], o: { ms: number; everyMs: number }): Promise<void> {
  const until = performance.now() + o.ms
  while (performance.now() < until) {
    for (const typist of typists) typist.type()
    await new Promise((resolve) => setTimeout(resolve, o.everyMs))
  }
}

/**
 * Waits until everything typed is saved and every screen shows the same.
 *
 * @returns how long that took, milliseconds
 * @throws with what is missing when it takes longer than `withinMs`
 */
export async function converge(typists: readonly Typist[], withinMs: number): Promise<number> {
  const start = performance.now()
  const isDone = () =>
    typists.every(({ isAllSaved, isOnline }) => isAllSaved && isOnline) &&
    new Set(typists.map((typist) => typist.text())).size === 1
  while (!isDone()) {
    if (performance.now() - start > withinMs) {
      const states = typists.map(({ name, typed, saved, seen, isOnline, closed }) => {
        const codes = closed.map(({ code }) => code).join(' ')
        return `${name}: typed ${typed}, saved ${saved.size}, seen ${seen.size}, online ${isOnline}, closed ${codes}`
      })
      throw new Error(`not the same after ${withinMs} ms\n${states.join('\n')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return performance.now() - start
}

/** From typing a token to seeing it on another's screen, milliseconds, ascending; of tokens typed since `after`. */
export function delaysOf(typists: readonly Typist[], after = 0): number[] {
  const typedAt = new Map(typists.flatMap((typist) => [...typist.typedAt]))
  return typists
    .flatMap(({ seen }) => [...seen])
    .flatMap(([token, at]) => {
      const typed = typedAt.get(token)
      return typed === undefined || typed < after ? [] : [at - typed]
    })
    .toSorted((one, other) => one - other)
}
