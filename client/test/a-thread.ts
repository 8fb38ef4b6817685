import type { Thread } from '@gongping/protocol/http'

export const threadAuthor = { userId: 'u1', displayName: '主管部门负责人', role: 'head' } as const

/** An open comment on the whole report, whose first text is its id. */
export const aThread = (id: string, fields: Partial<Thread> = {}): Thread => ({
  id,
  kind: 'report',
  visibility: 'public',
  anchor: { kind: 'report' },
  quote: '',
  status: 'open',
  round: 1,
  author: threadAuthor,
  at: '2026-01-01T00:00:00.000Z',
  replies: [{ id: `${id}.0`, author: threadAuthor, text: id, mentions: [], at: '', editedAt: null, deleted: false }],
  ...fields,
})
