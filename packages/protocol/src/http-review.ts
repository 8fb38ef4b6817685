import { ROLES, VISIBILITIES } from '@gongping/permissions'
import { z } from 'zod'
import { NOTICE_KINDS, type NoticeKind } from './notice-kinds.ts'
import { plainProse } from './plain-text.ts'

export * from './notice-kinds.ts'

/** Schemas of the review round: comments, suggestions, versions, return items, notices. Part of the HTTP interface. */

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const points = z.number().nullable()

/** What people write, in several lines: see `plainProse`. It is text, never HTML. */
export const prose = (max: number, min = 1) =>
  z
    .string()
    .transform((text) => plainProse(text).trim())
    .pipe(z.string().min(min).max(max))
/** No half surrogate pairs and no NUL, which no database keeps. */
const wellFormed = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'))
/** A key of a map in a document; it is only ever compared. */
const key = (max: number) =>
  z
    .string()
    .regex(/^[\w.\-\p{L}]+$/u)
    .max(max)
const calendarDay = z.iso.date()

/**
 * A place in a report that something is said about. `start` and `end` are Yjs relative positions in `narrative`
 * (base64), `quote` the text between them when it was made, `prefix` and `suffix` up to 32 characters around it.
 */
export const TextAnchor = z.object({
  kind: z.literal('text'),
  start: base64.max(400),
  end: base64.max(400),
  quote: wellFormed.max(2000),
  prefix: wellFormed.max(64),
  suffix: wellFormed.max(64),
})
export type TextAnchor = z.infer<typeof TextAnchor>
export const Anchor = z.discriminatedUnion('kind', [
  TextAnchor,
  z.object({
    kind: z.literal('cell'),
    indicatorId: key(200),
    column: z.enum(['self', 'department', 'finance']),
    aspect: z.enum(['score', 'reason', 'measure', 'evidence', 'opinion']),
  }),
  z.object({ kind: z.literal('cover'), key: key(100) }),
  z.object({ kind: z.literal('fact'), key: key(200) }),
  z.object({ kind: z.literal('report') }),
])
export type Anchor = z.infer<typeof Anchor>

const author = z.object({ userId: z.string(), displayName: z.string(), role: z.enum([...ROLES, 'admin']) })
export type Author = z.infer<typeof author>

/** 公开 for every member, or only for the holders of one role. Internal ones never leave the server for others. */
export const Visibility = z.enum(VISIBILITIES)
/** open 未处理 → done 已修改 (by the addressee or a pen-holder) → closed 已关闭 (by who raised it); reopened: open. */
export const ThreadStatus = z.enum(['open', 'done', 'closed'])
export type ThreadStatus = z.infer<typeof ThreadStatus>
/** Member ids or roles named in a text as @…; who they are is fixed when it is written. */
const mentions = z.array(z.object({ kind: z.enum(['member', 'role']), id: z.string().max(200) })).max(20)
const text = prose(5000)
export type Mention = z.infer<typeof mentions>[number]

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
/** Chosen by the caller: what is sent again under it, because the answer was lost, is stored once. */
const id = z.uuid().optional()
export const NewThread = z.object({
  id,
  anchor: Anchor,
  visibility: Visibility.default('public'),
  text,
  mentions: mentions.default([]),
})
export type NewThread = z.infer<typeof NewThread>
export const NewReply = z.object({ id, text, mentions: mentions.default([]) })
/** Any of: the status (who may: see permissions), a new anchor (re-attach). */
export const ThreadChange = z.object({ status: ThreadStatus.optional(), anchor: Anchor.optional() })
export const ReplyChange = z.object({ text, mentions: mentions.optional() })
/** What is left after a reply was deleted; null when nobody else had written. */
export const ThreadLeft = z.object({ thread: Thread.nullable() })

/** One line of text, as it stands or shall stand in one run of the narrative. */
const run = wellFormed.max(2000)
/** What is proposed: a rewriting of one run of text, or a score of the self column in points. */
const proposal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('text'), anchor: TextAnchor, oldText: run, newText: run.transform(plainProse) }),
  z.object({ kind: z.literal('score'), indicatorId: key(200), oldScore: points, newScore: z.number() }),
])
export const Suggestion = z.object({
  id: z.string(),
  proposal,
  reason: z.string(),
  status: z.enum(['open', 'accepted', 'rejected', 'withdrawn']),
  /** It is open, but could not be applied when somebody accepted it: what it rewrites has changed. */
  isStale: z.boolean(),
  round: z.number().int(),
  author,
  at: z.string(),
  decidedBy: author.nullable(),
  decidedAt: z.string().nullable(),
  /** Why it was rejected. */
  decisionReason: z.string(),
})
export type Suggestion = z.infer<typeof Suggestion>
export const SuggestionList = z.object({ suggestions: z.array(Suggestion) })
export const NewSuggestion = z.object({ proposal, reason: prose(2000, 0).default('') })
export type NewSuggestion = z.infer<typeof NewSuggestion>
export const SuggestionRejection = z.object({ reason: prose(2000, 0).default('') })
/** `update` is the edit the server made (Yjs V1, base64), so that the accepting page can apply it as an undoable step. */
export const AcceptedSuggestion = z.object({
  suggestion: Suggestion,
  part: z.enum(['narrative', 'self']),
  update: z.string(),
})
export type AcceptedSuggestion = z.infer<typeof AcceptedSuggestion>
/** Several at once, in this order; each has its own outcome. */
export const SuggestionBatch = z.object({
  ids: z.array(z.string().max(100)).min(1).max(200),
  decision: z.enum(['accept', 'reject']),
  reason: prose(2000, 0).default(''),
})
export type SuggestionBatch = z.infer<typeof SuggestionBatch>
export const SuggestionOutcomes = z.object({
  outcomes: z.array(
    z.discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('accepted'), id: z.string(), ...AcceptedSuggestion.shape }),
      z.object({ outcome: z.literal('rejected'), id: z.string(), suggestion: Suggestion }),
      z.object({
        outcome: z.literal('refused'),
        id: z.string(),
        code: z.string(),
        message: z.object({ zh: z.string(), en: z.string() }),
      }),
    ]),
  ),
})
export type SuggestionOutcomes = z.infer<typeof SuggestionOutcomes>

export const ReturnItem = z.object({
  id: z.string(),
  round: z.number().int(),
  anchor: Anchor,
  quote: z.string(),
  problem: z.string(),
  demand: z.string(),
  dueDate: z.string().nullable(),
  /** open 未答复 → answered 已答复 (filler) → accepted 已确认 (reviewer), or open again. */
  status: z.enum(['open', 'answered', 'accepted']),
  answer: z.string(),
  /** Who returned the report. */
  author,
  at: z.string(),
})
export type ReturnItem = z.infer<typeof ReturnItem>
export const ReturnItemList = z.object({ items: z.array(ReturnItem) })
/** One point of a return: where, what is wrong, what is asked for, until when. `place` is the older shape of it. */
export const NewReturnItem = z.union([
  z.object({
    anchor: Anchor,
    problem: prose(2000),
    demand: prose(2000, 0).default(''),
    dueDate: calendarDay.nullable().default(null),
  }),
  z.object({ place: prose(200, 0), problem: prose(2000) }),
])
export type NewReturnItem = z.infer<typeof NewReturnItem>
/** Either the filler's answer, or the reviewer's judgement of it. */
export const ReturnItemChange = z.union([
  z.object({ answer: text }),
  z.object({ status: z.enum(['accepted', 'open']) }),
])
export type ReturnItemChange = z.infer<typeof ReturnItemChange>

/** A warning that stayed when the report was submitted, and why. */
export const AcceptedWarning = z.object({
  rule: z.string(),
  where: z.record(z.string(), z.unknown()),
  message: z.object({ zh: z.string(), en: z.string() }),
  reason: z.string(),
})
export type AcceptedWarning = z.infer<typeof AcceptedWarning>
export const AcceptedWarnings = z.object({
  round: z.number().int(),
  author,
  at: z.string(),
  warnings: z.array(AcceptedWarning),
})
export type AcceptedWarnings = z.infer<typeof AcceptedWarnings>
/** By round, the submissions that said something. */
export const AcceptedWarningsList = z.object({ rounds: z.array(AcceptedWarnings) })
export type AcceptedWarningsList = z.infer<typeof AcceptedWarningsList>

/** Calendar day in China, null for none. */
export const ReportChange = z.object({ dueDate: calendarDay.nullable() })

export const Notice = z.object({
  id: z.string(),
  kind: z.enum(NOTICE_KINDS),
  reportId: z.string(),
  projectName: z.string(),
  /** Display name, empty when it is the system's. */
  by: z.string(),
  /** The words of a comment or reason, or a date; what happened follows from `kind`. */
  text: z.string(),
  /** Of a mention: the comment, which may have been deleted since. */
  threadId: z.string().nullable(),
  at: z.string(),
  readAt: z.string().nullable(),
})
export type Notice = z.infer<typeof Notice>
export const NoticeList = z.object({ notices: z.array(Notice), unread: z.number().int() })
export type NoticeList = z.infer<typeof NoticeList>
/** All of them without `ids`. */
export const NoticesRead = z.object({ ids: z.array(z.string().max(100)).max(500).optional() })
/** Which kinds somebody wants to be told of. */
export const NoticeSettings = z.object(
  Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, z.boolean()])) as Record<NoticeKind, z.ZodBoolean>,
)
export type NoticeSettings = z.infer<typeof NoticeSettings>

/** Where somebody is written to. ASCII, so that every mail server takes it. */
export const MailAddress = z.string().trim().max(254).pipe(z.email())
/** Notices by mail; each kind has a switch of its own. Without an address nothing is mailed. */
export const MailSettings = z.object({
  /** The installation has a mail server. */
  isAvailable: z.boolean(),
  address: z.string().nullable(),
  language: z.enum(['zh', 'en']),
  kinds: NoticeSettings,
})
export type MailSettings = z.infer<typeof MailSettings>
export const MailSettingsChange = z.object({
  address: MailAddress.nullable().optional(),
  language: z.enum(['zh', 'en']).optional(),
  kinds: NoticeSettings.partial().optional(),
})
export type MailSettingsChange = z.infer<typeof MailSettingsChange>
