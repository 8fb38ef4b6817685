import type { Message } from '@gongping/permissions'
import type { Suggestion } from '@gongping/protocol/http'
import { errorMessage } from '../app/api.ts'
import type { Paper } from '../editor/open-paper.ts'
import { applyAsOwn } from '../editor/own-step.ts'
import { scoreDesk } from '../scores/score-desk.ts'
import { createLive } from '../sync/live.ts'
import type { EditorSession, Live } from '../sync/report-session.ts'
import type { ReviewApi } from './review-api.ts'

export interface Decisions {
  /** Why the server refused what was last tried on a suggestion, by its id. */
  readonly refusals: Live<ReadonlyMap<string, Message>>
  /** Suggestions being decided. */
  readonly busy: Live<ReadonlySet<string>>
  /** Each becomes a step of its own for undo. What is refused stays open, with the reason in `refusals`. */
  accept(suggestions: readonly Suggestion[]): Promise<void>
  reject(suggestions: readonly Suggestion[], reason: string): Promise<void>
}

interface Context {
  readonly api: ReviewApi
  readonly session: EditorSession
  readonly paper: Paper
  readonly put: (suggestion: Suggestion) => void
}

export function decideSuggestions({ api, session, paper, put }: Context): Decisions {
  const refusals = createLive<ReadonlyMap<string, Message>>(new Map())
  const busy = createLive<ReadonlySet<string>>(new Set())

  const one = async (suggestion: Suggestion, decide: () => Promise<void>) => {
    try {
      await decide()
      const left = new Map(refusals.get())
      if (left.delete(suggestion.id)) refusals.set(left)
    } catch (error) {
      refusals.set(new Map(refusals.get()).set(suggestion.id, errorMessage(error)))
    } finally {
      busy.set(new Set([...busy.get()].filter((id) => id !== suggestion.id)))
    }
  }
  const accept = async (suggestion: Suggestion) => {
    if (suggestion.proposal.kind === 'text') {
      const answer = await paper.applyOwn(() => api.accept(suggestion.id))
      return put(answer.suggestion)
    }
    const desk = scoreDesk(session)
    const held: (() => void)[] = []
    // The server's own copy of the edit comes second, or it could not be undone here.
    session.holdSelf((deliver) => held.push(deliver))
    let update: Uint8Array | null = null
    try {
      const answer = await api.accept(suggestion.id)
      update = Uint8Array.from(atob(answer.update), (char) => char.charCodeAt(0))
      put(answer.suggestion)
    } finally {
      session.holdSelf(null)
      if (update === null) for (const deliver of held) deliver()
      else applyAsOwn({ doc: session.docs.self, update, origin: desk.origin, endStep: desk.endUndoStep, held })
    }
  }

  return {
    refusals,
    busy,
    async accept(suggestions) {
      busy.set(new Set([...busy.get(), ...suggestions.map(({ id }) => id)]))
      // One after the other: each is judged by the text as the one before has left it.
      for (const suggestion of suggestions) await one(suggestion, () => accept(suggestion))
    },
    async reject(suggestions, reason) {
      busy.set(new Set([...busy.get(), ...suggestions.map(({ id }) => id)]))
      for (const suggestion of suggestions) {
        await one(suggestion, async () => put(await api.reject(suggestion.id, reason)))
      }
    },
  }
}
