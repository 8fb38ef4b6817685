import type { Message } from '@gongping/permissions'
import type {
  Anchor,
  NewSuggestion,
  ReturnItem,
  Suggestion,
  TextAnchor,
  Thread,
  ThreadStatus,
} from '@gongping/protocol/http'
import { createAnchorIndex, type TextRange } from '@gongping/report-doc'
import { ApiError, errorMessage } from '../app/api.ts'
import { inTurn } from '../app/in-turn.ts'
import { listenToServer } from '../app/server-events.ts'
import type { Paper } from '../editor/open-paper.ts'
import { createLive, createSignal, type LiveValue } from '../sync/live.ts'
import type { EditorSession, Live } from '../sync/report-session.ts'
import { decideSuggestions, type Decisions } from './decisions.ts'
import { newCommentKey, openDrafts, type Drafts } from './drafts.ts'
import { indicatorSections, placeAnchor, type Place, type Placed } from './places.ts'
import { keepKnown } from './keep-known.ts'
import { openReturnDraft, type ReturnDraft } from './return-draft.ts'
import { reviewApi, type NewComment, type NewReply, type ReviewApi, type Written } from './review-api.ts'
import { splitRewrite } from './split-rewrite.ts'
import { NO_THREAD_FILTER, type ThreadFilter } from './thread-filter.ts'
import { reviewWords } from './words.ts'

export type ReviewTab = 'threads' | 'suggestions' | 'items'
/** 原稿 without what is suggested, 修订 with it marked, 终稿 as if all of it were accepted (read only). */
export type TextView = 'original' | 'tracked' | 'final'

/** One run of words being rewritten, and where it stands. */
export interface RewritePiece {
  readonly range: TextRange
  readonly oldText: string
}

/** The review of one open report: what is said about it, where that stands in the text, and what can be done. */
export interface ReviewDesk extends Decisions {
  readonly session: EditorSession
  readonly paper: Paper
  readonly threads: Live<readonly Thread[]>
  readonly suggestions: Live<readonly Suggestion[]>
  readonly items: Live<readonly ReturnItem[]>
  /** Null when everything is loaded; `loading` before, words when it failed. */
  readonly loading: Live<'loading' | Message | null>
  /** By id of thread, suggestion or return item. Changes only when something stands elsewhere than before. */
  readonly places: Live<ReadonlyMap<string, Place>>
  /** The words of each, new after every change of the text. */
  readonly placed: Live<ReadonlyMap<string, Placed>>
  /** The record in focus. */
  readonly active: Live<string | null>
  readonly tab: LiveValue<ReviewTab>
  readonly filter: LiveValue<ThreadFilter>
  readonly view: LiveValue<TextView>
  readonly drafts: Drafts
  /** The place a new comment is being written about. */
  readonly composing: LiveValue<Anchor | null>
  readonly rewriting: LiveValue<readonly RewritePiece[] | null>
  /** What a reviewer gathers for a return. */
  readonly returnDraft: ReturnDraft
  /** Brings the panel to the front. */
  onShow(listener: (id: string | null) => void): () => void
  /** Something to tell in words. */
  onSay(listener: (message: Message) => void): () => void
  say(message: Message): void

  /** Makes a record the one in focus, in the panel and in the text. */
  open(id: string, from: 'text' | 'panel'): void
  leave(): void
  /** Begins a comment about the selection, or without one about the block or heading being read. */
  comment(anchor?: Anchor): void
  /** Begins to rewrite what is selected, or to write at the caret. */
  rewrite(): boolean
  /** What was stored before a failure is not sent again. */
  suggest(texts: readonly string[], reason: string): Promise<void>
  suggestScore(score: { indicatorId: string; oldScore: number | null; newScore: number; reason: string }): Promise<void>
  raise(comment: NewComment): Promise<void>
  reply(threadId: string, reply: NewReply): Promise<void>
  mark(threadId: string, status: ThreadStatus): Promise<void>
  /** Puts a thread at the selection. */
  attach(threadId: string): Promise<void>
  changeReply(threadId: string, replyId: string, reply: Written): Promise<void>
  deleteReply(threadId: string, replyId: string): Promise<void>
  answerItem(itemId: string, answer: string): Promise<void>
  judgeItem(itemId: string, status: 'accepted' | 'open'): Promise<void>
  withdraw(suggestionId: string): Promise<void>
  /** What the selection would be quoted as; null without words selected. */
  anchorSelection(): TextAnchor | null
  close(): void
}

export function openReviewDesk(session: EditorSession, paper: Paper): ReviewDesk {
  const api: ReviewApi = reviewApi(session.reportId)
  const threads = createLive<readonly Thread[]>([])
  const suggestions = createLive<readonly Suggestion[]>([])
  const items = createLive<readonly ReturnItem[]>([])
  const loading = createLive<'loading' | Message | null>('loading')
  const places = createLive<ReadonlyMap<string, Place>>(new Map())
  const placed = createLive<ReadonlyMap<string, Placed>>(new Map())
  const active = createLive<string | null>(null)
  const tab = createLive<ReviewTab>('threads')
  const filter = createLive<ThreadFilter>(NO_THREAD_FILTER)
  const view = createLive<TextView>('tracked')
  const drafts = openDrafts(session)
  const { composing } = drafts
  const rewriting = createLive<readonly RewritePiece[] | null>(null)
  const returnDraft = openReturnDraft(session)
  const shows = createSignal<string | null>()
  const sayings = createSignal<Message>()
  const doc = session.docs.narrative
  let closed = false

  const load = inTurn(async () => {
    // Somebody else may have signed in in another tab, and would be answered here.
    if (session.fate.get().kind === 'signed-out') return
    try {
      const [nextThreads, nextSuggestions, nextItems] = await Promise.all([
        api.threads(),
        api.suggestions(),
        api.items(),
      ])
      if (closed) return
      const known = new Set(items.get().map(({ id }) => id))
      const isNew = nextItems.some(({ id }) => !known.has(id))
      threads.set(keepKnown(threads.get(), nextThreads))
      suggestions.set(keepKnown(suggestions.get(), nextSuggestions))
      items.set(keepKnown(items.get(), nextItems))
      loading.set(null)
      const stored = new Set(nextThreads.flatMap(({ id, replies }) => [id, ...replies.map((reply) => reply.id)]))
      drafts.forgetStored((id) => stored.has(id))
      relocateSoon()
      if (isNew) showWhatWaits()
      followLink()
    } catch (error) {
      if (!closed && loading.get() !== null) loading.set(errorMessage(error))
    }
  })
  let reloading: ReturnType<typeof setTimeout> | undefined
  const loadSoon = () => {
    reloading ??= setTimeout(() => {
      reloading = undefined
      void load()
    }, RELOAD_MS)
  }

  /** How long it took last, in ms: what is cheap is done with the next frame, what is not waits for a pause. */
  let cost = 0
  let frame: number | undefined
  let pause: ReturnType<typeof setTimeout> | undefined
  const relocate = () => {
    if (closed || paper.status.get() === 'opening') return
    const began = performance.now()
    const index = createAnchorIndex(doc)
    const sections = indicatorSections(session.data.get().narrative.sections)
    const next = new Map<string, Placed>()
    const context = { index, sectionOf: (id: string) => sections.get(id) ?? null }
    for (const { id, anchor } of [...threads.get(), ...items.get()]) next.set(id, placeAnchor(anchor, context))
    for (const { id, proposal, status } of suggestions.get()) {
      if (status !== 'open') continue
      const anchor: Anchor =
        proposal.kind === 'text'
          ? proposal.anchor
          : { kind: 'cell', indicatorId: proposal.indicatorId, column: 'self', aspect: 'score' }
      next.set(id, placeAnchor(anchor, context))
    }
    for (const { key, anchor } of returnDraft.items.get())
      if (!next.has(key)) next.set(key, placeAnchor(anchor, context))
    const drafted = composing.get()
    if (drafted?.kind === 'text') next.set(DRAFT_ID, placeAnchor(drafted, context))
    for (const [key, { anchor }] of drafts.all.get()) if (anchor) next.set(key, placeAnchor(anchor, context))
    if (!samePlaces(places.get(), next)) {
      places.set(new Map(Array.from(next, ([id, { place }]) => [id, place])))
    }
    placed.set(next)
    cost = performance.now() - began
  }
  const relocateSoon = () => {
    if (cost > CHEAP_MS) {
      clearTimeout(pause)
      pause = setTimeout(relocate, PAUSE_MS)
      return
    }
    frame ??= requestAnimationFrame(() => {
      frame = undefined
      relocate()
    })
  }

  const put = <T extends { readonly id: string }>(list: LiveValue<readonly T[]>, record: T) => {
    const known = list.get()
    list.set(
      known.some(({ id }) => id === record.id)
        ? known.map((one) => (one.id === record.id ? record : one))
        : [...known, record],
    )
    relocateSoon()
  }
  const drop = (threadId: string) => {
    threads.set(threads.get().filter(({ id }) => id !== threadId))
    if (active.get() === threadId) active.set(null)
  }
  /** After a failure the list is asked for anew: gone, changed by others, or stored though the answer was lost. */
  const onThread = async (threadId: string, ask: () => Promise<Thread | null>) => {
    try {
      const thread = await ask()
      if (thread === null) drop(threadId)
      else put(threads, thread)
    } catch (error) {
      loadSoon()
      throw error
    }
  }

  const selectedAnchor = (): TextAnchor | null => {
    const selected = paper.shared.selection()
    return selected && createAnchorIndex(doc).anchorOf(selected)
  }
  const blockAnchor = (): TextAnchor | null => {
    const index = createAnchorIndex(doc)
    const selected = paper.shared.selection()
    if (!selected) return null
    const { type } = selected.start
    return index.anchorOf({ start: { type, offset: 0 }, end: { type, offset: type.length } })
  }

  const open = (id: string, from: 'text' | 'panel') => {
    active.set(id)
    const record = [...threads.get(), ...items.get()].find((one) => one.id === id)
    const suggestion = suggestions.get().find((one) => one.id === id)
    if (suggestion) tab.set('suggestions')
    else if (record) tab.set('problem' in record ? 'items' : 'threads')
    if (from === 'text') return shows.emit(id)
    const range = placed.get().get(id)?.range
    if (range) return scrollToText(paper, range)
    if (suggestion?.proposal.kind === 'score') {
      session.jump({ kind: 'indicator', indicatorId: suggestion.proposal.indicatorId })
    } else if (record) jumpTo(session, record.anchor)
  }

  /** After a failure what the server has is asked for first: it may have stored what it could not confirm. */
  let isUnsure = false
  const suggestOnce = async (wanted: readonly NewSuggestion[]) => {
    const stored = isUnsure ? await api.suggestions() : suggestions.get()
    isUnsure = true
    for (const one of wanted) {
      if (stored.some((known) => known.author.userId === session.me.id && isSameSuggestion(known, one))) continue
      put(suggestions, await api.suggest(one))
    }
    isUnsure = false
  }

  /** After a return both sides begin with its items. */
  const showWhatWaits = () => {
    if (items.get().every(({ status }) => status === 'accepted')) return
    const { roles } = session.detail.get()
    const state = session.state.get()
    const isMine =
      (state === 'returned' && roles.includes('filler')) ||
      (state === 'department_review' && roles.includes('head')) ||
      (state === 'finance_review' && roles.includes('finance'))
    if (!isMine) return
    tab.set('items')
    shows.emit(null)
  }
  const followLink = () => {
    const link = new URLSearchParams(location.hash.slice(1))
    if (location.hash === followed) return
    followed = location.hash
    if (link.get('review') === 'items' && items.get().length > 0) {
      tab.set('items')
      return shows.emit(null)
    }
    const id = link.get('thread')
    if (id === null) return
    if (![...threads.get(), ...items.get(), ...suggestions.get()].some((one) => one.id === id)) {
      return sayings.emit({ zh: reviewWords.zh.linkGone, en: reviewWords.en.linkGone })
    }
    filter.set(NO_THREAD_FILTER)
    open(id, 'text')
    // The text may still be on its way to its place.
    setTimeout(() => open(id, 'panel'), 400)
  }
  let followed = ''
  const onLink = () => {
    followed = ''
    // What the link leads to may be newer than what is here.
    if (location.hash !== '') void load()
  }
  for (const event of LINK_EVENTS) window.addEventListener(event, onLink)

  const stops = [
    paper.shared.onChange(relocateSoon),
    paper.status.subscribe(relocateSoon),
    composing.subscribe(relocateSoon),
    returnDraft.items.subscribe(relocateSoon),
    session.state.subscribe(loadSoon),
    listenToServer(
      ({ type, id }) => {
        if (id === session.reportId && (type === 'thread' || type === 'suggestion' || type === 'state')) loadSoon()
      },
      () => loadSoon(),
    ),
    () => LINK_EVENTS.forEach((event) => window.removeEventListener(event, onLink)),
    drafts.close,
    returnDraft.close,
  ]
  void load()

  return {
    session,
    paper,
    threads,
    suggestions,
    items,
    loading,
    places,
    placed,
    active,
    tab,
    filter,
    view,
    drafts,
    composing,
    rewriting,
    returnDraft,
    onShow: shows.subscribe,
    onSay: sayings.subscribe,
    say: sayings.emit,
    open,
    leave: () => active.set(null),
    comment(anchor) {
      const about = anchor ?? selectedAnchor() ?? { kind: 'report' as const }
      const whole = about.kind === 'text' && about.quote.trim() === '' ? blockAnchor() : about
      if (whole === null || (whole.kind === 'text' && whole.quote.trim() === '')) {
        return sayings.emit({ zh: reviewWords.zh.selectFirst, en: reviewWords.en.selectFirst })
      }
      tab.set('threads')
      active.set(null)
      composing.set(whole)
      shows.emit(null)
    },
    rewrite() {
      const selected = paper.shared.selection()
      const index = createAnchorIndex(doc)
      const anchor = selected && index.anchorOf(selected)
      const found = anchor && index.resolve(anchor)
      if (!found || found.kind === 'lost') return false
      rewriting.set(found.range.map((segment) => ({ range: [segment], oldText: textIn(segment) })))
      return true
    },
    async suggest(texts, reason) {
      const pieces = rewriting.get() ?? []
      const index = createAnchorIndex(doc)
      const proposals = pieces.flatMap(({ range, oldText }, at) => {
        const [segment] = range
        return splitRewrite(oldText, texts[at] ?? oldText).map((rewrite) => {
          const point = (offset: number) => ({ type: segment!.text, offset: segment!.from + offset })
          const anchor = index.anchorOf({ start: point(rewrite.from), end: point(rewrite.to) })
          // The text has changed under the box: what stands there is no longer what was rewritten.
          if (!anchor || anchor.quote !== rewrite.oldText) throw textChanged()
          return { kind: 'text' as const, anchor, oldText: rewrite.oldText, newText: rewrite.newText }
        })
      })
      await suggestOnce(proposals.map((proposal) => ({ proposal, reason })))
    },
    suggestScore: ({ reason, ...score }) => suggestOnce([{ proposal: { kind: 'score', ...score }, reason }]),
    async raise(comment) {
      const thread = await api.raise(comment).catch((error: unknown) => {
        // It may be stored all the same.
        loadSoon()
        throw error
      })
      put(threads, thread)
      const place = composing.get()
      // Who has gone on to something else meanwhile stays there.
      if (active.get() !== null || place === null || newCommentKey(place) !== newCommentKey(comment.anchor)) return
      active.set(thread.id)
      // The new one must be seen, whatever was filtered for.
      filter.set({ ...NO_THREAD_FILTER })
    },
    reply: (id, reply) => onThread(id, () => api.reply(id, reply)),
    mark: (id, status) => onThread(id, () => api.mark(id, status)),
    async attach(id) {
      const anchor = selectedAnchor()
      if (!anchor || anchor.quote.trim() === '') throw selectFirst()
      await onThread(id, () => api.attach(id, anchor))
    },
    changeReply: (id, replyId, reply) => onThread(id, () => api.changeReply(id, replyId, reply)),
    deleteReply: (id, replyId) => onThread(id, () => api.deleteReply(id, replyId)),
    async answerItem(id, answer) {
      put(items, await api.changeItem(id, { answer }))
    },
    async judgeItem(id, status) {
      put(items, await api.changeItem(id, { status }))
    },
    async withdraw(id) {
      put(suggestions, await api.withdraw(id))
    },
    ...decideSuggestions({ api, session, paper, put: (suggestion) => put(suggestions, suggestion) }),
    anchorSelection: selectedAnchor,
    close() {
      closed = true
      clearTimeout(reloading)
      clearTimeout(pause)
      if (frame !== undefined) cancelAnimationFrame(frame)
      for (const stop of stops) stop()
    },
  }
}

/** Id under which the place of a comment being written is kept. */
export const DRAFT_ID = 'draft'

/** A link to this same report changes the address alone; the router tells of those it follows by the second. */
const LINK_EVENTS = ['hashchange', 'pushState'] as const

const RELOAD_MS = 150
const CHEAP_MS = 6
const PAUSE_MS = 160

/** Leads to what is not said about words. */
function jumpTo(session: EditorSession, anchor: Anchor): void {
  switch (anchor.kind) {
    case 'cell':
      return session.jump({ kind: 'indicator', indicatorId: anchor.indicatorId, column: anchor.aspect })
    case 'cover':
      return session.jump({ kind: 'cover', key: anchor.key })
    case 'fact':
      return session.jump({ kind: 'fact', key: anchor.key })
    case 'text':
    case 'report':
  }
}

/** Into the upper third of what is seen, unless it is seen already. */
function scrollToText(paper: Paper, range: TextRange): void {
  const [words] = paper.shared.rangesOf(range)
  const elements = paper.elements.get()
  if (!words || elements === null) return
  const view = elements.desk.getBoundingClientRect()
  const box = words.getBoundingClientRect()
  if (box.top > view.top + 8 && box.bottom < view.bottom - 8) return
  elements.desk.scrollBy({ top: box.top - view.top - view.height / 3, behavior: 'instant' })
}

const textIn = ({ text, from, to }: TextRange[number]) =>
  (text.toDelta() as readonly { insert: unknown }[])
    .map(({ insert }) => (typeof insert === 'string' ? insert : '\uFFFC'))
    .join('')
    .slice(from, to)

function isSameSuggestion(known: Suggestion, { proposal, reason }: NewSuggestion): boolean {
  const { proposal: stored } = known
  if (known.status !== 'open') return false
  if (stored.kind === 'score') {
    const { indicatorId, newScore } = stored
    return (
      proposal.kind === 'score' &&
      indicatorId === proposal.indicatorId &&
      newScore === proposal.newScore &&
      known.reason === reason
    )
  }
  return (
    proposal.kind === 'text' &&
    stored.anchor.start === proposal.anchor.start &&
    stored.anchor.end === proposal.anchor.end &&
    stored.newText === proposal.newText
  )
}

function samePlaces(before: ReadonlyMap<string, Place>, after: ReadonlyMap<string, Placed>): boolean {
  if (before.size !== after.size) return false
  for (const [id, { place }] of after) {
    const known = before.get(id)
    if (known?.status !== place.status || known.sectionId !== place.sectionId || known.order !== place.order)
      return false
  }
  return true
}

const textChanged = () =>
  new ApiError({
    status: 409,
    code: 'text_changed',
    words: { zh: reviewWords.zh.textChanged, en: reviewWords.en.textChanged },
  })

const selectFirst = () =>
  new ApiError({
    status: 409,
    code: 'nothing_selected',
    words: { zh: reviewWords.zh.selectFirst, en: reviewWords.en.selectFirst },
  })
