import { ROLES, TRANSITION_ACTIONS } from '@gongping/permissions'
import { z } from 'zod'

/** Schemas of the review round: comments, suggestions, versions, return items, notices. Part of the HTTP interface. */

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const points = z.number().nullable()

/**
 * A place in a report that something is said about. `start` and `end` are Yjs relative positions in `narrative`
 * (base64), `quote` the text between them when it was made, `prefix` and `suffix` up to 32 characters around it.
 */
export const TextAnchor = z.object({
  kind: z.literal('text'),
  start: base64.max(400),
  end: base64.max(400),
  quote: z.string().max(2000),
  prefix: z.string().max(64),
  suffix: z.string().max(64),
})
export type TextAnchor = z.infer<typeof TextAnchor>
export const Anchor = z.discriminatedUnion('kind', [
  TextAnchor,
  z.object({
    kind: z.literal('cell'),
    indicatorId: z.string().max(200),
    column: z.enum(['self', 'department', 'finance']),
    aspect: z.enum(['score', 'reason', 'measure', 'evidence', 'opinion']),
  }),
  z.object({ kind: z.literal('cover'), key: z.string().max(100) }),
  z.object({ kind: z.literal('fact'), key: z.string().max(200) }),
  z.object({ kind: z.literal('report') }),
])
export type Anchor = z.infer<typeof Anchor>

const author = z.object({ userId: z.string(), displayName: z.string(), role: z.enum([...ROLES, 'admin']) })
export type Author = z.infer<typeof author>

/** 公开 for every member, or only for the holders of one role. Internal ones never leave the server for others. */
export const Visibility = z.enum(['public', 'department', 'finance'])
/** open 未处理 → done 已修改 (by the addressee or a pen-holder) → closed 已关闭 (by who raised it); reopened: open. */
export const ThreadStatus = z.enum(['open', 'done', 'closed'])
export type ThreadStatus = z.infer<typeof ThreadStatus>
/** Member ids or roles named in a text as @…; who they are is fixed when it is written. */
const mentions = z.array(z.object({ kind: z.enum(['member', 'role']), id: z.string() })).max(20)
const text = z.string().trim().min(1).max(5000)

export const Reply = z.object({
  id: z.string(),
  author,
  /** Empty when deleted. */
  text: z.string(),
  mentions,
  at: z.string(),
  editedAt: z.string().nullable(),
  deleted: z.boolean(),
})
export const Thread = z.object({
  id: z.string(),
  kind: z.enum(['text', 'cell', 'cover', 'fact', 'report']),
  visibility: Visibility,
  anchor: Anchor,
  quote: z.string(),
  status: ThreadStatus,
  /** Submissions of the report so far when it was raised, from 1. */
  round: z.number().int(),
  author,
  at: z.string(),
  /** The first entry is what the thread was raised with. */
  replies: z.array(Reply),
})
export type Thread = z.infer<typeof Thread>
export const ThreadList = z.object({ threads: z.array(Thread) })
export const NewThread = z.object({
  anchor: Anchor,
  visibility: Visibility.default('public'),
  text,
  mentions: mentions.default([]),
})
export type NewThread = z.infer<typeof NewThread>
export const NewReply = z.object({ text, mentions: mentions.default([]) })
/** Any of: the status (who may: see permissions), a new anchor (re-attach). */
export const ThreadChange = z.object({ status: ThreadStatus.optional(), anchor: Anchor.optional() })
export const ReplyChange = z.object({ text })

/** What is proposed: a rewriting of one run of text, or a score of the self column. */
export const Suggestion = z.object({
  id: z.string(),
  proposal: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('text'),
      anchor: TextAnchor,
      oldText: z.string().max(2000),
      newText: z.string().max(2000),
    }),
    z.object({ kind: z.literal('score'), indicatorId: z.string().max(200), oldScore: points, newScore: z.number() }),
  ]),
  reason: z.string().max(2000),
  status: z.enum(['open', 'accepted', 'rejected', 'withdrawn']),
  round: z.number().int(),
  author,
  at: z.string(),
  decidedBy: author.nullable(),
  decidedAt: z.string().nullable(),
})
export type Suggestion = z.infer<typeof Suggestion>
export const SuggestionList = z.object({ suggestions: z.array(Suggestion) })
export const NewSuggestion = z.object({ proposal: Suggestion.shape.proposal, reason: z.string().max(2000).default('') })
/** `update` is the edit the server made (Yjs V1, base64), so that the accepting page can apply it as an undoable step. */
export const AcceptedSuggestion = z.object({
  suggestion: Suggestion,
  part: z.enum(['narrative', 'self']),
  update: z.string(),
})

export const ScoreChange = z.object({
  indicatorId: z.string(),
  column: z.enum(['self', 'department', 'finance']),
  from: points,
  to: points,
  /** Display names of who wrote it between the two versions, the last first. */
  by: z.string(),
  reason: z.string(),
})
export const TextChange = z.object({
  op: z.enum(['equal', 'insert', 'delete']),
  text: z.string(),
  by: z.string().optional(),
  role: z.enum([...ROLES, 'admin']).optional(),
  section: z.string(),
})
export const Comparison = z.object({
  scores: z.array(ScoreChange),
  totals: z.object({ from: points, to: points, gradeFrom: z.string().nullable(), gradeTo: z.string().nullable() }),
  text: z.array(TextChange),
})
export type Comparison = z.infer<typeof Comparison>

export const ReturnItem = z.object({
  id: z.string(),
  round: z.number().int(),
  anchor: Anchor,
  quote: z.string(),
  problem: z.string(),
  demand: z.string(),
  dueDate: z.string().nullable(),
  status: z.enum(['open', 'answered', 'accepted']),
  answer: z.string(),
})
export type ReturnItem = z.infer<typeof ReturnItem>

export const NOTICE_KINDS = [
  'mentioned',
  'assigned',
  'returned',
  'resubmitted',
  'approved',
  'concluded',
  'due',
] as const
export const Notice = z.object({
  id: z.string(),
  kind: z.enum(NOTICE_KINDS),
  reportId: z.string(),
  projectName: z.string(),
  by: z.string(),
  text: z.string(),
  at: z.string(),
  readAt: z.string().nullable(),
})
export type Notice = z.infer<typeof Notice>
export const RoundAction = z.enum(TRANSITION_ACTIONS)
