import { ROLE_NAMES, type Role, type TransitionAction } from '@gongping/permissions'
import { formatPoints, leavesOf } from '@gongping/scoring'
import { EMPTY } from '../app/format.ts'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { formatDelta } from '../scores/cell.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { ReviewDesk } from './review-desk.ts'
import { roundWords } from './round-words.ts'

/** Who gets a report with this step. */
const RECEIVER: Partial<Record<TransitionAction, Role>> = { submit: 'head', approve: 'finance', return: 'filler' }

export function Receiver({ session, action }: { session: EditorSession; action: TransitionAction }) {
  const words = useWords(roundWords)
  const message = useMessage()
  const isEnglish = useLanguage() === 'en'
  const { members } = useLive(session.detail)
  const role = RECEIVER[action]
  if (role === undefined) return null
  const names = members
    .filter((member) => member.role === role)
    .map((member) => (isEnglish ? `${member.displayName} (${member.unit})` : `${member.displayName}（${member.unit}）`))
  return (
    <p className="receiver">
      <b>{words.receiver}</b> {message(ROLE_NAMES[role])}
      {isEnglish ? ': ' : '：'}
      {names.length > 0 ? names.join(isEnglish ? ', ' : '、') : words.nobody}
    </p>
  )
}

/** What is still open, and how far the scores lie apart, before a reviewer decides. */
export function ReviewerSummary({ desk, action }: { desk: ReviewDesk; action: TransitionAction }) {
  const words = useWords(roundWords)
  const { session } = desk
  const score = useLive(session.score)
  const threads = useLive(desk.threads).filter(({ status }) => status === 'open').length
  const suggestions = useLive(desk.suggestions).filter(({ status }) => status === 'open').length
  const items = useLive(desk.items).filter(({ status }) => status !== 'accepted').length
  const column = action === 'conclude' ? 'finance' : 'department'
  const differing = leavesOf(session.template).filter((leaf) => {
    const own = score[column].byIndicator.get(leaf.id)?.score ?? null
    const before = score.self.byIndicator.get(leaf.id)?.score ?? null
    return own !== null && before !== null && own !== before
  }).length
  const { total } = score.self
  return (
    <div className="reviewer-summary">
      <table className="num">
        <caption>{words.scores}</caption>
        <tbody>
          <tr>
            {(['self', 'department', 'finance'] as const).map((one) => (
              <th key={one} scope="col">
                {words[one]}
              </th>
            ))}
          </tr>
          <tr>
            {(['self', 'department', 'finance'] as const).map((one) => {
              const sum = score[one].total
              return (
                <td key={one}>
                  {sum === null ? EMPTY : formatPoints(sum)}
                  {one !== 'self' && sum !== null && total !== null && sum !== total ? (
                    <em> {formatDelta(sum - total)}</em>
                  ) : null}
                </td>
              )
            })}
          </tr>
        </tbody>
      </table>
      <ul>
        {differing > 0 ? <li>{words.differing({ n: differing })}</li> : null}
        {threads > 0 ? <li>{words.openThreads({ n: threads })}</li> : null}
        {suggestions > 0 ? <li>{words.openSuggestions({ n: suggestions })}</li> : null}
        {items > 0 ? <li>{words.unconfirmed({ n: items })}</li> : null}
      </ul>
    </div>
  )
}
