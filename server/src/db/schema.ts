import type { Part, ReportState, Role, Visibility } from '@gongping/permissions'
import type { Generated } from 'kysely'

/**
 * The tables, as rows come out of both databases. Times are UTC milliseconds (bigint), JSON is text, booleans are 0 or 1.
 * better-auth owns `user`, `session`, `account`, `verification` (camelCase columns, see auth/).
 */
export interface Schema {
  report: Omit<ReportRow, 'round' | 'due_date'> & { round: Generated<number>; due_date: Generated<string | null> }
  membership: { report_id: string; user_id: string; role: Role }
  /** Unit and account role of a better-auth user. */
  profile: {
    user_id: string
    unit: string
    role: Role | 'admin'
    /** Where notices are mailed to; null: nowhere. */
    mail_address: Generated<string | null>
    /** Of mails; null: not known. */
    language: Generated<'zh' | 'en' | null>
  }
  /** One row per document; `state` is the folded log up to and including `state_seq`. */
  part: {
    report_id: string
    part: Part
    state: Uint8Array
    state_seq: number
    /** SHA-256 of `state`, hex: a flipped bit is found when the part is opened. */
    state_sha256: string
    updated_at: number
    /** Rows up to here were looked through for those to join; null: as far as it was folded when that began to be noted. */
    thinned_seq: number | null
  }
  /**
   * Appended only, apart from rows that `part.state` holds already: those of one user are joined into bursts. Row 0 is the
   * seed.
   */
  update_log: {
    report_id: string
    part: Part
    /** The last of the sequence numbers this row stands for. */
    seq: number
    user_id: string
    /** Of the first edit in it. */
    at: number
    bytes: Uint8Array
    /** How many sequence numbers this row stands for; the sum over a part is its last number and one more. */
    numbers: Generated<number>
    /** CRC-32 of `bytes`; null in rows of a version that wrote none. */
    crc32: Generated<number | null>
  }
  /** First user seen with a Yjs client id in a part; only that user may write with it. */
  /** `seq` is the row an id was bound with, 0 where that was not noted. */
  client_owner: { report_id: string; part: Part; client_id: number; user_id: string; seq: Generated<number> }
  score: {
    report_id: string
    /** ScoreBody of the protocol package. */
    body: string
    self_total: number | null
    department_total: number | null
    finance_total: number | null
    grade: string | null
    errors: number
    warnings: number
    infos: number
    /** `facts.budgetAmount` in 分, for lists. */
    budget_amount: number | null
    /** Log position of each part the score was computed from: JSON {part: seq}. */
    seqs: string
    scored_at: number
  }
  version: {
    id: string
    report_id: string
    kind: string
    name: string
    at: number
    user_id: string
    /** JSON {part: seq}. */
    seqs: string
    /** JSON {part: SHA-256 of its bytes}, keys of `version_state`. */
    states: string
    score: string
    self_total: number | null
    /** SHA-256 over the four states, hex. */
    sha256: string
    /** JSON {part: SHA-256 of what a reader sees of it}; null for versions of older programs. */
    contents: string | null
    /** SHA-256 over report id and `contents`, hex. */
    content_sha256: string | null
    /** Layout number of the documents. */
    layout: number
    /** JSON: what was changed since the version before, by whom; null until it was counted. */
    summary: string | null
  }
  /** Documents of versions, each stored once however many versions hold it. */
  version_state: { sha256: string; deflated: Uint8Array }
  audit: {
    /** Assigned by the database, ascending. */
    id: Generated<number>
    at: number
    /** Empty when nobody is signed in, e.g. a refused sign-in. */
    user_id: string
    action: string
    report_id: string | null
    /** JSON. */
    detail: string
    /** `sha256` of the row before, empty for the first: a changed, removed or moved row breaks the chain. */
    previous_sha256: string
    /** SHA-256 over this row's other columns but `id`, hex. */
    sha256: string
  }
  /** 批注: what is said about a place of a report. */
  thread: {
    id: string
    report_id: string
    /** Kind of the anchor. */
    kind: string
    visibility: Visibility
    /** Anchor of the protocol package as JSON. */
    anchor: string
    quote: string
    status: 'open' | 'done' | 'closed'
    round: number
    user_id: string
    /** Role it was raised in. */
    role: Role
    at: number
  }
  /** The first one is what the thread was raised with. */
  thread_reply: {
    id: string
    thread_id: string
    /** From 0. */
    ordinal: number
    user_id: string
    role: Role
    /** Empty when deleted. */
    text: string
    /** JSON. */
    mentions: string
    at: number
    edited_at: number | null
    deleted: number
  }
  suggestion: {
    id: string
    report_id: string
    part: 'narrative' | 'self'
    /** Proposal of the protocol package as JSON. */
    proposal: string
    reason: string
    /** `accepting`: decided, its edit may not be stored yet; finished before anything else is done with it. */
    status: 'open' | 'accepting' | 'accepted' | 'rejected' | 'withdrawn'
    /** It could not be applied because the text had changed. */
    stale: number
    round: number
    user_id: string
    role: Role
    at: number
    decided_by: string | null
    decided_as: Role | null
    decided_at: number | null
    decision_reason: string
    /** The Yjs update that applies it; the same bytes may be applied again. */
    edit: Uint8Array | null
  }
  /** 退回意见: what has to be answered before the report is submitted again. */
  return_item: {
    id: string
    report_id: string
    ordinal: number
    round: number
    /** JSON. */
    anchor: string
    quote: string
    problem: string
    demand: string
    due_date: string | null
    status: 'open' | 'answered' | 'accepted'
    answer: string
    user_id: string
    role: Role
    at: number
  }
  /** What the filler said about warnings that stayed, one row a submission; `warnings` is JSON. */
  accepted_warning: { report_id: string; round: number; user_id: string; at: number; warnings: string }
  /** Restores under way; `detail` and `edits` are JSON. */
  restore_intent: { id: string; report_id: string; user_id: string; at: number; detail: string; edits: string }
  /** Who has looked at a report since it was last handed on. */
  report_opening: { report_id: string; user_id: string; opened_at: number }
  notice: {
    id: string
    report_id: string
    user_id: string
    kind: string
    /** User id; empty for the system. */
    by_user: string
    text: string
    at: number
    read_at: number | null
    /** What it is about; there is one notice of a kind for each subject. */
    subject: string
    /** Of a mention: the comment, which may have been deleted since. */
    thread_id: string | null
  }
  /** Failed sign-ins by a hash of name and address, or address alone; forgotten at `until`. */
  sign_in_try: { key: string; count: number; until: number }
  /** What of a share is used up: it is full again at `full_at`. */
  rate_share: { key: string; full_at: number }
  /** Kinds of notice somebody switched off, or on again: in the list, and by mail. */
  notice_switch: { user_id: string; kind: string; enabled: number; mailed: Generated<number> }
  /** Notices that go by mail: one of a kind for each subject, kept after it was sent so that it is not sent again. */
  mail: {
    id: string
    report_id: string
    user_id: string
    kind: string
    /** User id; empty for the system. */
    by_user: string
    /** As the notice's. */
    subject: string
    at: number
    status: 'waiting' | 'sent' | 'dropped'
    /** Begun, whatever came of it. */
    tries: number
    /** Not before. */
    next_at: number
  }
}

export interface ReportRow {
  id: string
  template_id: string
  template_version: number
  project_name: string
  unit: string
  fiscal_year: number
  state: ReportState
  /** Raised with every change of rights on this report. */
  epoch: number
  created_by: string
  created_at: number
  updated_at: number
  /** How often it was submitted. */
  round: number
  /** Calendar day in China, `2022-05-25`. */
  due_date: string | null
}
