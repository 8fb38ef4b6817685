import type { Visibility } from '@gongping/permissions'
import type { Anchor } from '@gongping/protocol/http'
import { createLive, type LiveValue } from '../sync/live.ts'
import type { EditorSession } from '../sync/report-session.ts'

/** Something typed and not sent yet. */
export interface Draft {
  readonly text: string
  readonly visibility?: Visibility
}

/** Comments and answers that are being written. They survive a reload of the page. */
export interface Drafts {
  /** Where a new comment is being written; null for none. */
  readonly composing: LiveValue<Anchor | null>
  get(key: string): Draft
  keep(key: string, draft: Draft): void
}

/** Drafts of new comments begin with it, others with whatever they answer. */
export const NEW_COMMENT = 'new:'

export function openDrafts({ me, reportId }: EditorSession): Drafts {
  const store = `gongping.drafts.${me.id}.${reportId}`
  const { texts, place } = read(store)
  const drafts = new Map(texts)
  const composing = createLive(texts.some(([key]) => key.startsWith(NEW_COMMENT)) ? place : null)
  return {
    composing,
    get: (key) => drafts.get(key) ?? NO_DRAFT,
    keep(key, draft) {
      if (draft.text === '') drafts.delete(key)
      else drafts.set(key, draft)
      try {
        if (drafts.size === 0) localStorage.removeItem(store)
        else
          localStorage.setItem(store, JSON.stringify({ texts: [...drafts], place: composing.get() } satisfies Stored))
      } catch {
        // Without storage it holds until the page is closed.
      }
    },
  }
}

interface Stored {
  readonly texts: readonly (readonly [string, Draft])[]
  readonly place: Anchor | null
}

const NO_DRAFT: Draft = { text: '' }
const NOTHING: Stored = { texts: [], place: null }

function read(store: string): Stored {
  try {
    return (JSON.parse(localStorage.getItem(store) ?? 'null') as Stored | null) ?? NOTHING
  } catch {
    return NOTHING
  }
}
