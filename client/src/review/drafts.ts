import type { Visibility } from '@gongping/permissions'
import type { Anchor } from '@gongping/protocol/http'
import * as random from 'lib0/random'
import { createLive, type LiveValue } from '../sync/live.ts'
import type { EditorSession, Live } from '../sync/report-session.ts'
import { openKeptEntries, takeStored, type KeptEntries } from './kept-entries.ts'

/** Something typed and not sent yet. */
export interface Draft {
  readonly text: string
  readonly visibility?: Visibility
  /** Of a new comment. */
  readonly anchor?: Anchor
  /** Under which id it was sent last; no answer has said yet that it is stored. */
  readonly sentAs?: SentAs
}

/** The server stores what comes again under its id once. What was changed since is something else. */
interface SentAs {
  readonly id: string
  readonly what: string
}

/** On its way, or why it could not be sent. */
export type Sending = 'sending' | { readonly problem: unknown }

/** Comments and answers that are being written. They survive a reload of the page and are the same in every tab. */
export interface Drafts {
  readonly all: Live<ReadonlyMap<string, Draft>>
  readonly sendings: Live<ReadonlyMap<string, Sending>>
  /** Where a new comment is being written; null for none. */
  readonly composing: LiveValue<Anchor | null>
  get(key: string): Draft | undefined
  /** Null lets it go. */
  keep(key: string, draft: Draft | null): void
  /**
   * Sends what was written, unless it is on its way already.
   * @param post is given the id to send it under, the same for as long as the draft is
   * @returns true when it was sent and nothing else was typed meanwhile
   */
  send(key: string, text: string, post: (id: string) => Promise<unknown>): Promise<boolean>
  /** Lets go of what was stored though no answer said so. */
  forgetStored(isStored: (id: string) => boolean): void
  close(): void
}

/** One draft for each place. */
export const newCommentKey = (anchor: Anchor): string =>
  NEW_COMMENT + (anchor.kind === 'text' ? `${anchor.start} ${anchor.end}` : JSON.stringify(anchor))

const NEW_COMMENT = 'new:'

export function openDrafts({ me, reportId }: EditorSession): Drafts {
  const store = `gongping.drafts.${me.id}.${reportId}`
  const kept = openKeptEntries<Draft>(store)
  const sendings = createLive<ReadonlyMap<string, Sending>>(new Map())
  const tell = (key: string, sending: Sending | null) => {
    const next = new Map(sendings.get())
    if (sending === null) next.delete(key)
    else next.set(key, sending)
    sendings.set(next)
  }
  const get = (key: string) => kept.all.get().get(key)
  const place = takeFormer(store, kept) ?? readPlace(store)
  const composing = createLive(place !== null && get(newCommentKey(place)) ? place : null)
  composing.subscribe(() => storePlace(store, composing.get()))
  return {
    all: kept.all,
    sendings,
    composing,
    get,
    keep(key, draft) {
      if (draft === null && sendings.get().get(key) !== 'sending') tell(key, null)
      const { sentAs } = get(key) ?? {}
      kept.set(key, draft && sentAs ? { ...draft, sentAs } : draft)
    },
    async send(key, text, post) {
      if (sendings.get().get(key) === 'sending') return false
      tell(key, 'sending')
      const draft = get(key)
      const what = whatIs({ ...draft, text })
      const id = draft?.sentAs?.what === what ? draft.sentAs.id : random.uuidv4()
      if (draft) kept.set(key, { ...draft, sentAs: { id, what } })
      try {
        await post(id)
      } catch (problem) {
        tell(key, { problem })
        return false
      }
      tell(key, null)
      const now = get(key)
      if (now === undefined || whatIs(now) === what) {
        kept.set(key, null)
        return true
      }
      const { sentAs: _sent, ...rest } = now
      kept.set(key, rest)
      return false
    },
    forgetStored(isStored) {
      for (const [key, draft] of kept.all.get()) {
        const { sentAs } = draft
        if (!sentAs || !isStored(sentAs.id) || sentAs.what !== whatIs(draft)) continue
        if (sendings.get().get(key) === 'sending') continue
        tell(key, null)
        kept.set(key, null)
        const at = composing.get()
        if (at !== null && newCommentKey(at) === key) composing.set(null)
      }
    },
    close: kept.close,
  }
}

const whatIs = ({ text, visibility }: Draft): string => JSON.stringify([text, visibility ?? 'public'])

/** What the release before had stored under one name. */
interface Former {
  readonly texts: readonly (readonly [string, Draft])[]
  readonly place: Anchor | null
}

/** @returns the place of the comment that was being written */
function takeFormer(store: string, kept: KeptEntries<Draft>): Anchor | null {
  const former = takeStored(store) as Former | null
  if (former === null) return null
  const { texts, place } = former
  for (const [key, draft] of texts) {
    if (!key.startsWith(NEW_COMMENT)) kept.set(key, draft)
    else {
      const anchor = formerAnchor(key.slice(NEW_COMMENT.length), place)
      const before = kept.all.get().get(newCommentKey(anchor))
      kept.set(newCommentKey(anchor), {
        ...draft,
        text: [...(before ? [before.text] : []), draft.text].join('\n'),
        anchor,
      })
    }
  }
  return place
}

/** Of comments on words only the place of the last was stored: the others are about the report. */
function formerAnchor(name: string, place: Anchor | null): Anchor {
  if (place?.kind === 'text' && place.start === name) return place
  try {
    return JSON.parse(name) as Anchor
  } catch {
    return { kind: 'report' }
  }
}

/** Each tab opens again with the comment it was at. */
function readPlace(store: string): Anchor | null {
  try {
    return JSON.parse(sessionStorage.getItem(store) ?? 'null') as Anchor | null
  } catch {
    return null
  }
}

function storePlace(store: string, place: Anchor | null): void {
  try {
    if (place === null) sessionStorage.removeItem(store)
    else sessionStorage.setItem(store, JSON.stringify(place))
  } catch {
    // Without storage the tab opens with none.
  }
}
