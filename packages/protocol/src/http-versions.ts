import { PARTS, ROLES } from '@gongping/permissions'
import { z } from 'zod'

/** Schemas of versions: list, comparison, restore, history, verification. Part of the HTTP interface. */

const points = z.number().nullable()
const Message = z.object({ zh: z.string(), en: z.string() })
const role = z.enum([...ROLES, 'admin'])
const column = z.enum(['self', 'department', 'finance'])
const part = z.enum(PARTS)

export const VERSION_KINDS = [
  'created',
  'submitted',
  'returned',
  'approved',
  'concluded',
  'reopened',
  'withdrawn',
  'named',
  /** After a quiet time, by the server. */
  'automatic',
  /** By the server, right before something was restored. */
  'before-restore',
] as const

export const VersionPerson = z.object({ userId: z.string(), displayName: z.string(), role })
export type VersionPerson = z.infer<typeof VersionPerson>

/** What changed since the version before. Characters of the text, and how many scores. */
export const VersionChanges = z.object({
  inserted: z.number().int(),
  deleted: z.number().int(),
  scores: z.number().int(),
  people: z.array(VersionPerson),
})
export type VersionChanges = z.infer<typeof VersionChanges>

export const VersionSummary = z.object({
  id: z.string(),
  kind: z.enum(VERSION_KINDS),
  name: z.string(),
  at: z.string(),
  by: z.string(),
  role: role.nullable(),
  selfTotal: points,
  /** SHA-256 of what a reader sees; null for versions of older programs. */
  contentSha256: z.string().nullable(),
  /** Null while it is being counted. */
  changes: VersionChanges.nullable(),
})
export type VersionSummary = z.infer<typeof VersionSummary>
export const VersionList = z.object({ versions: z.array(VersionSummary) })
export type VersionList = z.infer<typeof VersionList>

const run = {
  op: z.enum(['equal', 'insert', 'delete']),
  text: z.string(),
  /** Display name and id of who inserted or deleted it; absent where nobody did, as with a field's value. */
  by: z.string().optional(),
  byId: z.string().optional(),
  role: role.optional(),
}

export const ScoreChange = z.object({
  indicatorId: z.string(),
  column,
  from: points,
  to: points,
  /** The sum of other scores; nobody writes it. */
  isSum: z.boolean(),
  /** Who wrote it last between the two versions; empty where it follows from other values. */
  by: z.string(),
  byId: z.string().nullable(),
  role: role.nullable(),
  /** Reason or opinion as it is in the later one. */
  reason: z.string(),
})
export type ScoreChange = z.infer<typeof ScoreChange>

/**
 * A run of text. Runs that are not inserted give the earlier text, those that are not deleted the later one; lines end
 * with a newline, table cells are set apart by tabs.
 */
export const TextChange = z.object({
  ...run,
  /** The value of a field, other than before because a score or fact is; nobody wrote it here. */
  isField: z.boolean().optional(),
  /** Number and title of the section. */
  section: z.string(),
  sectionId: z.string(),
  /** Id of the section in the earlier one, for restoring it; null where the line is new. */
  fromSectionId: z.string().nullable(),
  /** Lines count from 0; runs of one line follow each other. */
  line: z.number().int(),
  kind: z.enum(['heading', 'paragraph', 'item', 'row']),
  level: z.number().int(),
  /** Printed before a heading. */
  number: z.string(),
})
export type TextChange = z.infer<typeof TextChange>

/** A value or text outside of the narrative: cover, facts, reasons, measures, evidence, opinions. */
export const FieldChange = z.object({
  part,
  kind: z.enum(['cover', 'fact', 'band', 'reason', 'measure', 'evidence', 'opinion']),
  /** Cover field, fact or indicator; `overall` for the opinion on the whole report. */
  key: z.string(),
  runs: z.array(z.object(run)),
})
export type FieldChange = z.infer<typeof FieldChange>

const totals = z.object({
  from: points,
  to: points,
  gradeFrom: z.string().nullable(),
  gradeTo: z.string().nullable(),
})

export const Comparison = z.object({
  scores: z.array(ScoreChange),
  totals: z.object({ self: totals, department: totals, finance: totals }),
  fields: z.array(FieldChange),
  text: z.array(TextChange),
  /** What each person changed between the two. */
  people: z.array(
    VersionPerson.extend({
      /** Places in the text. */
      text: z.number().int(),
      inserted: z.number().int(),
      deleted: z.number().int(),
      scores: z.number().int(),
      fields: z.number().int(),
    }),
  ),
  /** Why the text of one of the two can't be shown; scores and totals are right all the same. */
  problem: Message.nullable(),
})
export type Comparison = z.infer<typeof Comparison>

/** One version as it was: the text as runs that are all equal. */
export const OpenedVersion = z.object({
  version: VersionSummary,
  text: z.array(TextChange),
  scores: z.array(z.object({ indicatorId: z.string(), column, score: points })),
  totals: z.object({ self: points, department: points, finance: points, grade: z.string().nullable() }),
  problem: Message.nullable(),
})
export type OpenedVersion = z.infer<typeof OpenedVersion>

export const RestoreRequest = z.object({
  scope: z
    .union([
      z.literal('all'),
      z.object({ section: z.string().max(100) }).strict(),
      z.object({ indicatorId: z.string().max(200), column }).strict(),
    ])
    .default('all'),
})
export type RestoreRequest = z.infer<typeof RestoreRequest>

export const RestoreResult = z.object({
  parts: z.array(
    z.object({
      part,
      outcome: z.enum(['restored', 'unchanged', 'no-pen']),
      /** Why the part was left as it is. */
      message: Message.nullable(),
    }),
  ),
  /** The report as it was right before; null when nothing was changed. */
  beforeVersionId: z.string().nullable(),
})
export type RestoreResult = z.infer<typeof RestoreResult>

export const HistoryQuery = z.object({
  indicatorId: z.string().max(200).optional(),
  section: z.string().max(100).optional(),
})
const historyCommon = { at: z.string(), by: z.string(), byId: z.string(), role }
export const HistoryEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('score'), ...historyCommon, column, from: points, to: points }),
  z.object({
    kind: z.literal('field'),
    ...historyCommon,
    column,
    field: z.enum(['reason', 'measure', 'evidence', 'opinion', 'band']),
    runs: z.array(z.object({ op: run.op, text: z.string() })),
  }),
  z.object({
    kind: z.literal('text'),
    ...historyCommon,
    runs: z.array(z.object({ op: run.op, text: z.string() })),
  }),
  z.object({
    kind: z.literal('version'),
    ...historyCommon,
    versionKind: z.enum(VERSION_KINDS),
    name: z.string(),
    /** What was said with a move of the report; empty without. */
    reason: z.string(),
  }),
  /** `text` is what was written; empty where somebody only marked the comment. */
  z.object({
    kind: z.literal('comment'),
    ...historyCommon,
    threadId: z.string(),
    event: z.enum(['raised', 'replied', 'done', 'closed', 'reopened']),
    quote: z.string(),
    text: z.string(),
  }),
  /** `text` is the reason of the suggestion, or of the decision. */
  z.object({
    kind: z.literal('suggestion'),
    ...historyCommon,
    suggestionId: z.string(),
    event: z.enum(['made', 'accepted', 'rejected', 'withdrawn']),
    change: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('text'), from: z.string(), to: z.string() }),
      z.object({ kind: z.literal('score'), from: points, to: points }),
    ]),
    text: z.string(),
  }),
  /** `text` is what is asked for, or the answer; of an answer that was written anew only the last has its words. */
  z.object({
    kind: z.literal('return-item'),
    ...historyCommon,
    itemId: z.string(),
    event: z.enum(['raised', 'answered', 'accepted', 'reopened']),
    problem: z.string(),
    text: z.string(),
  }),
])
export type HistoryEntry = z.infer<typeof HistoryEntry>
/** Oldest first. */
export const History = z.object({ entries: z.array(HistoryEntry), truncated: z.boolean() })
export type History = z.infer<typeof History>

export const VerifiedVersion = z.object({
  reportId: z.string(),
  projectName: z.string(),
  version: VersionSummary,
  /** `content`: the hash is of what a reader sees; `documents`: of the stored documents. */
  of: z.enum(['content', 'documents']),
  /** The stored documents still give their hashes. */
  isIntact: z.boolean(),
  /** The report's present content is the same. */
  isCurrent: z.boolean(),
})
export type VerifiedVersion = z.infer<typeof VerifiedVersion>
export const VerifiedVersions = z.object({ versions: z.array(VerifiedVersion) })
export type VerifiedVersions = z.infer<typeof VerifiedVersions>
