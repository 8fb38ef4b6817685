/** What somebody is told about, each with a switch of its own. */
export const NOTICE_KINDS = [
  'mentioned',
  'assigned',
  'returned',
  'resubmitted',
  'approved',
  'concluded',
  'due',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]
