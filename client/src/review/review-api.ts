import type {
  AcceptedSuggestion,
  Anchor,
  Mention,
  NewSuggestion,
  ReturnItem,
  ReturnItemChange,
  Suggestion,
  Thread,
  ThreadStatus,
} from '@gongping/protocol/http'
import type { Visibility } from '@gongping/permissions'
import { api } from '../app/api.ts'

/** What the review of one report asks of the server. Every method throws `ApiError`. */
export interface ReviewApi {
  threads(): Promise<readonly Thread[]>
  raise(thread: NewComment): Promise<Thread>
  reply(threadId: string, reply: NewReply): Promise<Thread>
  mark(threadId: string, status: ThreadStatus): Promise<Thread>
  attach(threadId: string, anchor: Anchor): Promise<Thread>
  changeReply(threadId: string, replyId: string, reply: Written): Promise<Thread>
  /** Null when nothing is left of the thread. */
  deleteReply(threadId: string, replyId: string): Promise<Thread | null>
  suggestions(): Promise<readonly Suggestion[]>
  suggest(suggestion: NewSuggestion): Promise<Suggestion>
  accept(suggestionId: string): Promise<AcceptedSuggestion>
  reject(suggestionId: string, reason: string): Promise<Suggestion>
  withdraw(suggestionId: string): Promise<Suggestion>
  items(): Promise<readonly ReturnItem[]>
  changeItem(itemId: string, change: ReturnItemChange): Promise<ReturnItem>
}

export interface Written {
  readonly text: string
  readonly mentions: Mention[]
}

/** Sent again under the same id it is stored once. */
export interface NewReply extends Written {
  readonly id: string
}

export interface NewComment extends NewReply {
  readonly anchor: Anchor
  readonly visibility: Visibility
}

export function reviewApi(reportId: string): ReviewApi {
  const base = `/api/reports/${encodeURIComponent(reportId)}`
  const thread = (id: string) => `${base}/threads/${encodeURIComponent(id)}`
  const reply = (threadId: string, id: string) => `${thread(threadId)}/replies/${encodeURIComponent(id)}`
  const suggestion = (id: string) => `${base}/suggestions/${encodeURIComponent(id)}`
  return {
    threads: async () => (await api.get<{ threads: Thread[] }>(`${base}/threads`)).threads,
    raise: (body) => api.post<Thread>(`${base}/threads`, body),
    reply: (id, body) => api.post<Thread>(`${thread(id)}/replies`, body),
    mark: (id, status) => api.patch<Thread>(thread(id), { status }),
    attach: (id, anchor) => api.patch<Thread>(thread(id), { anchor }),
    changeReply: (threadId, id, body) => api.patch<Thread>(reply(threadId, id), body),
    deleteReply: async (threadId, id) => (await api.delete<{ thread: Thread | null }>(reply(threadId, id))).thread,
    suggestions: async () => (await api.get<{ suggestions: Suggestion[] }>(`${base}/suggestions`)).suggestions,
    suggest: (body) => api.post<Suggestion>(`${base}/suggestions`, body),
    accept: (id) => api.post<AcceptedSuggestion>(`${suggestion(id)}/accept`),
    reject: (id, reason) => api.post<Suggestion>(`${suggestion(id)}/reject`, { reason }),
    withdraw: (id) => api.post<Suggestion>(`${suggestion(id)}/withdraw`),
    items: async () => (await api.get<{ items: ReturnItem[] }>(`${base}/return-items`)).items,
    changeItem: (id, change) => api.patch<ReturnItem>(`${base}/return-items/${encodeURIComponent(id)}`, change),
  }
}
