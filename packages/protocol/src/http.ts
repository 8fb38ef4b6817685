import { REPORT_STATES, TRANSITION_ACTIONS, PARTS, ROLES } from '@gongping/permissions'
import { z } from 'zod'
import { NewReturnItem, prose } from './http-review.ts'
import { plainLine } from './plain-text.ts'

/** The HTTP interface as schemas: the server validates with them, the client imports their types only. */

export const Message = z.object({ zh: z.string(), en: z.string() })
export const ErrorBody = z.object({
  error: z.object({ code: z.string(), message: Message, details: z.unknown().optional() }),
})
export type ErrorBody = z.infer<typeof ErrorBody>

export const AccountRole = z.enum([...ROLES, 'admin'])
export const Me = z.object({
  id: z.string(),
  username: z.string(),
  displayName: z.string(),
  role: AccountRole,
  unit: z.string(),
})
export type Me = z.infer<typeof Me>

export const SignIn = z.object({ username: z.string().min(1).max(64), password: z.string().min(1).max(128) })
export type SignIn = z.infer<typeof SignIn>
/** `GET /api/auth/ways`: how people may sign in here, beside name and password. */
export const SignInWays = z.object({ oidc: z.boolean() })
export type SignInWays = z.infer<typeof SignInWays>
export const ChangePassword = z.object({
  currentPassword: z.string().min(1).max(128),
  newPassword: z.string().min(8).max(128),
})
export type ChangePassword = z.infer<typeof ChangePassword>

/** `GET /api/demo`; there is nothing at this address outside demo mode. */
export const Demo = z.object({
  accounts: z.array(z.object({ username: z.string(), displayName: z.string(), role: AccountRole })),
  password: z.string(),
})
export type Demo = z.infer<typeof Demo>

/** One line of words: see `plainLine`. */
const line = (max: number) => z.string().transform(plainLine).pipe(z.string().min(1).max(max))

export const State = z.enum(REPORT_STATES)
const points = z.number().nullable()

export const ReportSummary = z.object({
  id: z.string(),
  projectName: z.string(),
  unit: z.string(),
  fiscalYear: z.number().int(),
  state: State,
  selfTotal: points,
  departmentTotal: points,
  financeTotal: points,
  grade: z.string().nullable(),
  openFindings: z.number().int(),
  updatedAt: z.string(),
  /** 预算安排资金 in yuan, null when not filled in. */
  budgetAmount: z.number().nullable(),
  /** Roles of the caller on this report. */
  roles: z.array(z.enum(ROLES)),
  /** How often it was submitted; from 2 on it is a resubmission. */
  round: z.number().int(),
  /** Calendar day in China; null when none is set. */
  dueDate: z.string().nullable(),
})
export type ReportSummary = z.infer<typeof ReportSummary>

export const REPORT_SORTS = [
  'updatedAt',
  '-updatedAt',
  'projectName',
  '-projectName',
  'selfTotal',
  '-selfTotal',
  'unit',
  '-unit',
] as const
export const ReportListQuery = z.object({
  query: z.string().max(100).optional(),
  state: State.optional(),
  year: z.coerce.number().int().optional(),
  unit: z.string().max(100).optional(),
  sort: z.enum(REPORT_SORTS).default('-updatedAt'),
  page: z.coerce.number().int().min(1).default(1),
  pageSize: z.coerce.number().int().min(1).max(100).default(20),
})
/** `counts` are by state over everything the caller may see, whatever the filter. */
export const ReportList = z.object({
  reports: z.array(ReportSummary),
  total: z.number().int(),
  counts: z.record(z.string(), z.number()),
})
export type ReportList = z.infer<typeof ReportList>

/** `unit` is an administrator's to choose; a filler's report is of the filler's unit. */
export const NewReport = z.object({
  templateId: z.string(),
  projectName: line(200),
  unit: line(100).optional(),
  fiscalYear: z.number().int().min(2000).max(2100),
})
export type NewReport = z.infer<typeof NewReport>
export const CreatedReport = z.object({ id: z.string() })
export type CreatedReport = z.infer<typeof CreatedReport>

export const TemplateSummary = z.object({ id: z.string(), name: z.string(), version: z.number().int() })
export type TemplateSummary = z.infer<typeof TemplateSummary>
export const TemplateList = z.object({ templates: z.array(TemplateSummary) })
export type TemplateList = z.infer<typeof TemplateList>

const pen = z.object(
  Object.fromEntries(PARTS.map((part) => [part, z.boolean()])) as Record<(typeof PARTS)[number], z.ZodBoolean>,
)

export const ReportDetail = z.object({
  id: z.string(),
  projectName: z.string(),
  unit: z.string(),
  fiscalYear: z.number().int(),
  state: State,
  templateId: z.string(),
  templateVersion: z.number().int(),
  members: z.array(z.object({ userId: z.string(), displayName: z.string(), unit: z.string(), role: z.enum(ROLES) })),
  roles: z.array(z.enum(ROLES)),
  pen,
  /** What the caller may do now, and in words what not. */
  actions: z.array(z.object({ action: z.enum(TRANSITION_ACTIONS), allowed: z.boolean(), reason: Message.nullable() })),
  /** 与送审稿不一致: text or self-evaluation are no longer what was submitted last; null before the first submission. */
  differsFromSubmitted: z.boolean().nullable(),
  updatedAt: z.string(),
  /** Parts the caller may not read yet; asking for their sockets is answered 404. */
  hidden: z.array(z.enum(PARTS)),
  /** How often it was submitted. */
  round: z.number().int(),
  /** Calendar day in China; null when none is set. */
  dueDate: z.string().nullable(),
})
export type ReportDetail = z.infer<typeof ReportDetail>

export const Finding = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  where: z.record(z.string(), z.unknown()),
  message: Message,
  /** A text that would put it right. */
  suggestion: z.string().optional(),
  /** The score column it is about, where it is about one of the reviewers' columns. */
  column: z.enum(['self', 'department', 'finance']).optional(),
})
export type FindingBody = z.infer<typeof Finding>

const columnScore = z.object({
  total: points,
  /** Sum of what is there while the column is incomplete. */
  partial: z.number(),
  grade: z.string().nullable(),
  complete: z.boolean(),
  byIndicator: z.record(z.string(), z.object({ score: points, weight: z.number() })),
})
export const ScoreBody = z.object({
  self: columnScore,
  department: columnScore,
  finance: columnScore,
  findings: z.array(Finding),
  scoredAt: z.string(),
  templateId: z.string(),
  templateVersion: z.number().int(),
  rulesVersion: z.string(),
})
export type ScoreBody = z.infer<typeof ScoreBody>

export const TransitionRequest = z.object({
  action: z.enum(TRANSITION_ACTIONS),
  reason: prose(2000, 0).optional(),
  /** Of a return; without it the reason is the one item. */
  items: z.array(NewReturnItem).max(200).optional(),
  /** Of a submission: why return items stay without an answer. */
  override: prose(2000, 0).optional(),
  /** Of a submission: why warnings stay, all of them or one by rule and place. */
  accepted: z
    .object({
      reason: prose(1000, 0).default(''),
      each: z
        .array(z.object({ rule: z.string().max(20), where: z.record(z.string(), z.unknown()), reason: prose(1000, 0) }))
        .max(500)
        .default([]),
    })
    .optional(),
})
export type TransitionRequest = z.infer<typeof TransitionRequest>
export const TransitionResult = z.object({ state: State })

export const NewVersion = z.object({ name: line(100) })
export type NewVersion = z.infer<typeof NewVersion>

/** `by` is a display name, empty when nobody was signed in. */
export const AuditEntry = z.object({
  id: z.number().int(),
  at: z.string(),
  by: z.string(),
  action: z.string(),
  detail: z.record(z.string(), z.unknown()),
})
export type AuditEntry = z.infer<typeof AuditEntry>
/** Something to look for; nothing a database would not take. */
const word = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes('\0'))
/** Dates are calendar days in China, both included. `user` is a user id. */
export const AuditQuery = z.object({
  action: word(50).optional(),
  user: word(100).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  page: z.coerce.number().int().min(1).default(1),
  pageSize: z.coerce.number().int().min(1).max(1000).default(200),
})
/** `actions` and `users` are what there is to filter by. */
export const AuditList = z.object({
  entries: z.array(AuditEntry),
  total: z.number().int(),
  actions: z.array(z.string()),
  users: z.array(z.object({ id: z.string(), displayName: z.string() })),
})
export type AuditList = z.infer<typeof AuditList>

/** Data of `GET /api/events` (server-sent events): ids only, the page asks again for what it shows. */
export type ServerEvent =
  | { type: 'report'; id: string }
  | { type: 'state'; id: string }
  | { type: 'scored'; id: string }
  /** Of the report whose comments, return items, suggestions or notices are to be asked for again. */
  | { type: 'thread'; id: string }
  | { type: 'suggestion'; id: string }
  | { type: 'notice'; id: string }
export { plainLine } from './plain-text.ts'
export * from './http-review.ts'
export * from './http-versions.ts'
