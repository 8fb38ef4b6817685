import { type Message, PARTS, type Part, type Pen, type ReportState, STATE_NAMES } from '@gongping/permissions'
import { CLOSE, type ExtFrame, ROLE_COLORS } from '@gongping/protocol'
import type { Me, ReportDetail } from '@gongping/protocol/http'
import type { Finding, OpenReturnItem, ReportData, ReportScore, Template } from '@gongping/scoring'
import { disableFormatCleanup } from '@gongping/report-doc'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { ApiError, onSignedOut } from '../app/api.ts'
import { inTurn } from '../app/in-turn.ts'
import { createHeartbeat } from './heartbeat.ts'
import { findKeptTexts, keep, putAside, type KeptText } from './kept-text.ts'
import { createLive, createSignal, type Live, type LiveValue } from './live.ts'
import { openLocalCopy, type Found, type FoundLate, type LocalCopy } from './local-copy.ts'
import { drownedLines } from './lost-lines.ts'
import { openPart, type Hold, type PartConnection, type PartEnd } from './part-connection.ts'
import { analyseReport } from './report-analysis.ts'
import { fetchReport } from './fetch-report.ts'
import {
  NEW_PART,
  nextSync,
  STUCK_AFTER_MS,
  summarize,
  unsavedEdits,
  type PartSync,
  type SyncEvent,
  type SaveState,
} from './save-state.ts'

export type { Live, SaveState }

/** Where a finding, a chip or the outline can send the user. */
export type JumpTarget =
  | { kind: 'section'; sectionId: string }
  | { kind: 'paragraph'; paragraphId: string; quote?: string }
  | { kind: 'indicator'; indicatorId: string; column?: 'score' | 'reason' | 'measure' | 'evidence' | 'opinion' }
  | { kind: 'cover'; key: string }
  | { kind: 'fact'; key: string }

/** `aside`: the documents are given up and put aside, so that rights do not count any more. */
export type Leaving = 'going' | 'aside'

/** One open report: its four documents, what follows from them, and the connection. Built once per editor page. */
export interface ReportSession {
  readonly reportId: string
  readonly me: Me
  readonly template: Template
  readonly docs: Readonly<Record<Part, Y.Doc>>
  /** Presence of everybody in the report (room of `narrative`). */
  readonly awareness: Awareness
  readonly detail: Live<ReportDetail>
  readonly state: Live<ReportState>
  readonly pen: Live<Pen>
  /** The part has been loaded completely at least once; before that nothing may be written to it. */
  readonly loaded: Live<Readonly<Record<Part, boolean>>>
  readonly saveState: Live<SaveState>
  /** Plain data of all parts, follows every change within a frame. */
  readonly data: Live<ReportData>
  /** Scored in the browser from `data` at once. */
  readonly score: Live<ReportScore>
  /** Checked in the browser from `data`, some 200 ms after the last change. */
  readonly findings: Live<readonly Finding[]>
  /** Points of a return without an answer, for the rules; set by whoever fetches them. */
  readonly openReturnItems: LiveValue<readonly OpenReturnItem[]>
  jump(target: JumpTarget): void
  onJump(listener: (target: JumpTarget) => void): () => void
  /**
   * Tells, before the page or the report goes and while edits still reach server and local copy, whoever holds input that
   * is in no document yet to put it there. @returns stops
   */
  onLeaving(store: (why: Leaving) => void): () => void
  /** Fetches metadata and rights again, e.g. after a transition. */
  refresh(): Promise<void>
  close(): void
}

/** Whether the page can go on with this session, and if not, what it has to do. */
export type Fate =
  | { readonly kind: 'open' }
  /** Sign in again, then `resume()`; everything typed stays. */
  | { readonly kind: 'signed-out' }
  /** Leave: the report is gone or closed to this user. */
  | { readonly kind: 'gone' }
  /** The program is older than the server's documents: load the page again. */
  | { readonly kind: 'old-client' }
  /** A document must be fetched anew; what it held is put aside. Close this session and open another. */
  | { readonly kind: 'replaced'; readonly message: Message | null }

/** What the editor page uses beyond the interface the panes know. */
export interface EditorSession extends ReportSession {
  readonly fate: Live<Fate>
  /** Text of this user that the report does not contain, to be shown until it is let go. */
  readonly kept: Live<readonly KeptText[]>
  /** Whether the server answers requests while no socket comes about: the network lets none through, or there are too many. */
  readonly isLineBlocked: Live<boolean>
  /** News in words, e.g. that the pen went to somebody else. */
  onNotice(listener: (message: Message) => void): () => void
  /** Holds back remote edits of the text while somebody composes. */
  holdNarrative(hold: Hold | null): void
  /** Holds back remote edits of the self-evaluation while one of our own is on its way. */
  holdSelf(hold: Hold | null): void
  /** Connects every part again after signing in. */
  resume(): void
  /** The text can't be trusted any more (editor error): put it aside and start anew. */
  replace(part: Part): void
  /** Takes texts off the list after they were forgotten. */
  reloadKept(): Promise<void>
}

export interface SessionOptions {
  readonly me: Me
  readonly detail: ReportDetail
  readonly template: Template
  /** `ws(s)://HOST/sync` */
  readonly syncUrl: string
}

export function createReportSession({ me, detail: firstDetail, template, syncUrl }: SessionOptions): EditorSession {
  const reportId = firstDetail.id
  const docs = byPart(createDoc)
  const awareness = new Awareness(docs.narrative)
  const presence = byPart((part) => (part === 'narrative' ? awareness : silentAwareness(docs[part])))
  announce(awareness, me, firstDetail)

  const detail = createLive(firstDetail)
  const state = createLive<ReportState>(firstDetail.state)
  const pen = createLive<Pen>(firstDetail.pen)
  const loaded = createLive(byPart(() => false) as Readonly<Record<Part, boolean>>)
  const sync = byPart(() => NEW_PART) as Record<Part, PartSync>
  const saveState = createLive<SaveState>({ kind: 'connecting', unsaved: 0 })
  const fate = createLive<Fate>({ kind: 'open' })
  const kept = createLive<readonly KeptText[]>([])
  const isLineBlocked = createLive(false)
  const jumps = createSignal<JumpTarget>()
  const notices = createSignal<Message>()
  const leaving = new Set<(why: Leaving) => void>()
  /** Whatever fails in one of them, the others have their turn and the page goes. */
  const storeTyped = (why: Leaving) => {
    for (const store of leaving) {
      try {
        store(why)
      } catch (error) {
        console.error('input could not be stored', error)
      }
    }
  }
  const openReturnItems = createLive<readonly OpenReturnItem[]>([])
  const analysis = analyseReport({ docs, template, state, openReturnItems })
  const copies = byPart((part) =>
    openLocalCopy({
      userId: me.id,
      room: `${reportId}/${part}`,
      doc: docs[part],
      onFoundLate: (found) => onFoundLate(part, found),
    }),
  )
  /** By client id the clock from which on the server has not confirmed its edits, and told what became of them. */
  const unconfirmed = byPart(() => new Map<number, number>())
  const connections: Partial<Record<Part, PartConnection>> = {}
  let hold: Hold | null = null
  let closed = false
  let failures = 0
  let answersMeanwhile = 0
  const dropAll = () => Object.values(connections).forEach((connection) => connection.drop())
  /** Of the text, whose room always has somebody to tell of; the quiet rooms share its fate. */
  const heartbeat = createHeartbeat({ ask: () => connections.narrative?.ask(), onSilence: dropAll })

  const onSync = (part: Part, event: SyncEvent) => {
    const before = sync[part]
    const after = nextSync(before, event)
    sync[part] = after
    const unsaved = unsavedEdits(after)
    if (unsavedEdits(before) !== unsaved) copies[part].setUnsaved(unsaved, unconfirmed[part].get(docs[part].clientID))
    // Busy servers confirm before they answer, and only the answer tells what has been deleted there.
    if (after.link.kind === 'synced' && after.offer === 'done' && unsaved === 0) {
      unconfirmed[part].clear()
      copies[part].forgetFound()
    }
    if (event.type === 'synced') onSynced(part)
    if (!isKeptJudged && areStored()) {
      isKeptJudged = true
      void reloadKept()
    }
    refreshSaveState()
  }
  /** Nothing is here that the server has not stored, and nothing that it may still refuse. */
  const areStored = () =>
    fate.get().kind === 'open' &&
    PARTS.every((part) => loaded.get()[part] && sync[part].offer === 'done' && unsavedEdits(sync[part]) === 0)
  let isKeptJudged = false
  const refreshSaveState = () => {
    const next = summarize(Object.values(sync), Date.now())
    if (!sameSaveState(saveState.get(), next)) saveState.set(next)
  }

  const onSynced = (part: Part) => {
    failures = 0
    answersMeanwhile = 0
    isLineBlocked.set(false)
    if (loaded.get()[part]) return
    loaded.set({ ...loaded.get(), [part]: true })
    if (Object.values(loaded.get()).every(Boolean)) void reloadKept()
  }

  const onExt = (frame: ExtFrame) => {
    if (frame.type !== 'hello' && frame.type !== 'state') return
    const moved = frame.state !== state.get()
    const penMoved = PARTS.some((part) => frame.pen[part] !== pen.get()[part])
    const hadPen = pen.get().narrative
    if (penMoved) pen.set(frame.pen)
    if (moved) state.set(frame.state)
    if (!moved && !penMoved) return
    // Why the text can't be changed is written above it for as long as that is so.
    if (frame.pen.narrative && (moved || !hadPen)) notices.emit(hadPen ? stateNotice(frame.state) : PEN_IS_HERE)
    refresh().catch(() => undefined)
  }

  const onEnd = (part: Part, { code, refused }: PartEnd) => {
    if (closed) return
    switch (code) {
      case CLOSE.signedOut:
        return fate.set({ kind: 'signed-out' })
      case CLOSE.gone:
        return fate.set({ kind: 'gone' })
      case CLOSE.oldClient:
        return fate.set({ kind: 'old-client' })
      default:
        void replacePart(part, refused?.message ?? null)
    }
  }

  /**
   * Text written without a line into what others deleted meanwhile is stored, and shown nowhere. The server may know it
   * already: it took it before it told of the deletion, maybe over a line that has ended since.
   *
   * @param before the document without what others did
   * @param vector what the server knows, or knew
   */
  const onMerged = async (part: Part, before: Uint8Array, vector: Uint8Array) => {
    try {
      const known = Y.decodeStateVector(vector)
      for (const [client, clock] of unconfirmed[part]) known.set(client, Math.min(clock, known.get(client) ?? 0))
      const lines = drownedLines({ part, state: before, known, merged: docs[part] })
      if (lines.length === 0) return
      await keep({ userId: me.id, reportId, part, at: Date.now(), lines })
      await reloadKept()
    } catch (error) {
      console.error('text written without a line could not be looked for', error)
    }
  }

  const onFound = (part: Part, { edits, since }: Found) => {
    for (const [client, clock] of since) unconfirmed[part].set(client, clock)
    if (edits > 0) onSync(part, { type: 'found', edits })
  }
  const onFoundLate = (part: Part, found: FoundLate) => {
    onFound(part, found)
    if (loaded.get()[part] && pen.get()[part]) void onMerged(part, found.state, found.known)
    // The next line offers it all, and hears that all of it is stored.
    connections[part]?.drop()
  }

  /** A request was answered so; the sockets may not have heard of it yet. */
  const onRequestSignedOut = () => {
    if (fate.get().kind === 'open') fate.set({ kind: 'signed-out' })
  }

  const asides = new Map<Part, Promise<void>>()
  /**
   * Puts aside what only this computer may have, then drops the local copy. In this order, or text could be lost; once,
   * though a line that was tried again is refused again, and after the parts that were given up before it.
   */
  const replacePart = async (part: Part, message: Message | null) => {
    if (closed || fate.get().kind === 'replaced' || asides.has(part)) return
    const readState = () => {
      storeTyped('aside')
      return Y.encodeStateAsUpdate(docs[part])
    }
    asides.set(part, putAside({ userId: me.id, reportId, part, at: Date.now() }, { readState, copy: copies[part] }))
    await Promise.all(asides.values())
    if (fate.get().kind !== 'replaced') fate.set({ kind: 'replaced', message })
  }

  const reloadKept = inTurn(async () => {
    try {
      kept.set(await findKeptTexts({ userId: me.id, reportId, docs, areStored: areStored() }))
    } catch (error) {
      console.error('texts put aside could not be read', error)
    }
  })

  const refresh = async () => {
    try {
      const next = await fetchReport(reportId)
      if (closed) return
      detail.set(next)
      state.set(next.state)
      if (PARTS.some((part) => next.pen[part] !== pen.get()[part])) pen.set(next.pen)
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) fate.set({ kind: 'gone' })
      throw error
    }
  }

  /**
   * A browser does not tell why a socket could not be opened; plain HTTP does. A server that has just started answers
   * before the sockets are tried again: once is no sign.
   */
  const onUnreachable = async () => {
    failures++
    if (failures % 8 !== 4) return
    const before = answersMeanwhile
    const isAnswered = await refresh().then(
      () => true,
      () => false,
    )
    if (!isAnswered) answersMeanwhile = 0
    else if (before === answersMeanwhile) answersMeanwhile++
    isLineBlocked.set(answersMeanwhile >= 2)
  }

  const open = async (part: Part, copy: LocalCopy) => {
    const found = await copy.whenLoaded
    if (closed) return
    onFound(part, found)
    connections[part] = openPart({
      url: syncUrl,
      room: `${encodeURIComponent(reportId)}/${part}`,
      userId: me.id,
      doc: docs[part],
      awareness: presence[part],
      unsent: () => sync[part].unsent,
      // Edits that a tab of an older release left are only counted.
      hasUnconfirmed: () => unconfirmed[part].size > 0 || unsavedEdits(sync[part]) > 0,
      onSync: (event) => onSync(part, event),
      onMerged: (before, known) => void onMerged(part, before, known),
      onExt,
      onMessage: () => {
        if (part === 'narrative') heartbeat.heard()
      },
      onUnreachable: () => void onUnreachable(),
      onEnd: (end) => onEnd(part, end),
    })
    if (part === 'narrative') connections.narrative?.setHold(hold)
  }

  for (const part of PARTS) {
    docs[part].on('update', (_update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (!transaction.local) return
      const { clientID } = docs[part]
      if (!unconfirmed[part].has(clientID)) unconfirmed[part].set(clientID, transaction.beforeState.get(clientID) ?? 0)
      onSync(part, { type: 'edit' })
    })
    void open(part, copies[part])
  }

  const watch = setInterval(() => {
    refreshSaveState()
    if (sync.narrative.link.kind === 'open' || sync.narrative.link.kind === 'synced') heartbeat.check()
    const now = Date.now()
    for (const part of PARTS) {
      const oldest = sync[part].sent[0]
      // A socket that takes frames and never answers is dead, whatever the browser thinks.
      if (oldest && sync[part].storing && now - oldest.at > 2 * STUCK_AFTER_MS) connections[part]?.drop()
    }
  }, 1000)
  const warnBeforeLeaving = (event: BeforeUnloadEvent) => {
    storeTyped('going')
    const unsaved = Object.values(sync).reduce((sum, part) => sum + unsavedEdits(part), 0)
    if (unsaved > 0) event.preventDefault()
  }
  const stopSignedOut = onSignedOut(onRequestSignedOut, { inPlace: true })
  window.addEventListener('offline', dropAll)
  window.addEventListener('online', dropAll)
  window.addEventListener('beforeunload', warnBeforeLeaving)
  const onPageHide = () => storeTyped('going')
  window.addEventListener('pagehide', onPageHide)

  return {
    reportId,
    me,
    template,
    docs,
    awareness,
    detail,
    state,
    pen,
    loaded,
    saveState,
    data: analysis.data,
    score: analysis.score,
    findings: analysis.findings,
    openReturnItems,
    fate,
    kept,
    isLineBlocked,
    jump: jumps.emit,
    onJump: jumps.subscribe,
    onNotice: notices.subscribe,
    onLeaving(store) {
      leaving.add(store)
      return () => void leaving.delete(store)
    },
    holdNarrative(next) {
      hold = next
      connections.narrative?.setHold(next)
    },
    holdSelf: (next) => connections.self?.setHold(next),
    resume() {
      fate.set({ kind: 'open' })
      // A line that is still open was opened with the session that has ended.
      dropAll()
      refresh().catch(() => undefined)
    },
    replace: (part) => void replacePart(part, null),
    reloadKept,
    refresh,
    close() {
      storeTyped('going')
      closed = true
      clearInterval(watch)
      stopSignedOut()
      window.removeEventListener('offline', dropAll)
      window.removeEventListener('online', dropAll)
      window.removeEventListener('beforeunload', warnBeforeLeaving)
      window.removeEventListener('pagehide', onPageHide)
      analysis.close()
      for (const part of PARTS) {
        connections[part]?.close()
        copies[part].close()
        presence[part].destroy()
        docs[part].destroy()
      }
    },
  }
}

function byPart<T>(make: (part: Part) => T): Record<Part, T> {
  return { narrative: make('narrative'), self: make('self'), department: make('department'), finance: make('finance') }
}

/** Cells keep the values others replaced: what is refused later must still be there to be put aside. */
function createDoc(part: Part): Y.Doc {
  const doc = new Y.Doc({ gc: part === 'narrative' })
  disableFormatCleanup(doc)
  return doc
}

function silentAwareness(doc: Y.Doc): Awareness {
  const awareness = new Awareness(doc)
  awareness.setLocalState(null)
  return awareness
}

/** The server overwrites name, colour and user from the session; they are set here so that the screen has them at once. */
function announce(awareness: Awareness, me: Me, detail: ReportDetail): void {
  const role = detail.roles[0] ?? 'admin'
  awareness.setLocalState({
    name: me.displayName,
    color: ROLE_COLORS[role],
    user: { id: me.id, name: me.displayName, role },
    focusing: false,
    section: null,
    cell: null,
  })
}

const PEN_IS_HERE: Message = { zh: '现在由您填写，可以编辑正文。', en: 'You may now edit the text.' }

const stateNotice = (state: ReportState): Message => ({
  zh: `报告进入“${STATE_NAMES[state].zh}”，您仍可编辑正文。`,
  en: `The report is now in “${STATE_NAMES[state].en}”; you may still edit the text.`,
})

function sameSaveState(a: SaveState, b: SaveState): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
