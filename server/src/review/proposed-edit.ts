import type { Suggestion } from '@gongping/protocol/http'
import { applyProposal, disableFormatCleanup, findProposed, readSelf, setScore } from '@gongping/report-doc'
import { type Template, leavesOf } from '@gongping/scoring'
import * as Y from 'yjs'
import { RequestError } from '../reports/request-error.ts'

type Proposal = Suggestion['proposal']

/** The part a proposal changes. */
export const partOfProposal = ({ kind }: Proposal) => (kind === 'text' ? 'narrative' : 'self')

/** Whether what a proposal wants to change stands in the committed part as the proposal says. */
export const isApplicable = (state: Uint8Array, proposal: Proposal): boolean =>
  withDocument(state, (doc) =>
    proposal.kind === 'text' ? findProposed(doc, proposal) !== null : isOldScore(doc, proposal),
  )

/** The edit that applies it to the committed part, undefined when what it changes is not there any more. */
export function editOf(state: Uint8Array, proposal: Proposal): Uint8Array | undefined {
  return withDocument(state, (doc) => {
    let edit: Uint8Array | undefined
    doc.on('update', (update: Uint8Array) => (edit = update))
    if (proposal.kind === 'text') applyProposal({ doc, proposal, origin: null })
    else if (isOldScore(doc, proposal)) {
      const { indicatorId, newScore } = proposal
      setScore({ doc, origin: null, part: 'self', indicatorId, score: toHundredths(newScore) })
    }
    return edit
  })
}

/** @throws RequestError when nobody could ever accept it */
export function requireSensible(
  proposal: Proposal,
  { template, reason }: { template: Template; reason: string },
): void {
  if (proposal.kind === 'text') {
    const { oldText, newText, anchor } = proposal
    if (oldText === newText)
      throw unfitting('no_change', '建议的文字与原文相同。', 'The suggested text is the same as the original.')
    if (anchor.quote !== oldText)
      throw unfitting(
        'quote_differs',
        '建议与所选原文不一致，请重新选择。',
        'The suggestion does not fit the selected text; select it again.',
      )
    if (/[\p{Cc}\u2028\u2029]/u.test(newText)) {
      throw unfitting(
        'one_line',
        '一条修改建议只能在一个段落内，不能换行。',
        'A suggestion stays within one paragraph, without line breaks.',
      )
    }
    return
  }
  const leaf = leavesOf(template).find(({ id }) => id === proposal.indicatorId)
  if (!leaf) throw unfitting('no_such_indicator', '没有这个末级指标。', 'There is no such indicator to score.')
  const score = toHundredths(proposal.newScore)
  if (score / 100 !== proposal.newScore || score < 0 || score > leaf.weight) {
    const most = leaf.weight / 100
    throw unfitting(
      'score_out_of_range',
      `建议得分须在 0 到 ${most} 分之间，最多两位小数。`,
      `A suggested score is between 0 and ${most}, with at most two decimals.`,
    )
  }
  if (proposal.oldScore === proposal.newScore)
    throw unfitting('no_change', '建议得分与现得分相同。', 'The suggested score is the same as the present one.')
  if (reason === '') throw unfitting('reason_required', '建议得分须写明理由。', 'A suggested score needs a reason.')
}

const toHundredths = (points: number) => Math.round(points * 100)

function isOldScore(doc: Y.Doc, { indicatorId, oldScore }: Extract<Proposal, { kind: 'score' }>): boolean {
  const answer = readSelf(doc).answers.get(indicatorId)
  if (answer?.invalid !== undefined) return false
  return (answer?.score ?? null) === (oldScore === null ? null : toHundredths(oldScore))
}

function withDocument<T>(state: Uint8Array, use: (doc: Y.Doc) => T): T {
  const doc = new Y.Doc()
  try {
    disableFormatCleanup(doc)
    Y.applyUpdate(doc, state)
    return use(doc)
  } finally {
    doc.destroy()
  }
}

const unfitting = (code: string, zh: string, en: string) =>
  new RequestError({ kind: 'invalid', code, text: { zh, en } })
