import type { Finding, Severity } from '@gongping/scoring'
import { useMessage, useWords } from '../app/language.ts'
import { PanelStandIn } from '../app/later.tsx'
import { useLive } from '../app/use-live.ts'
import { type AcceptedReason, findingKey, useAcceptedWarnings } from '../review/accepted-warnings.ts'
import { rules } from '../sync/report-analysis.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { targetOf } from './finding-target.ts'
import { scoreDesk } from './score-desk.ts'
import './scores.css'
import { scoreWords } from './words.ts'

const ORDER: readonly Severity[] = ['error', 'warning', 'info']

/** What the checks found, blocking ones first, each with the way to its place. */
export function FindingsPane({ session }: { session: ReportSession }) {
  const words = useWords(scoreWords).findings
  const findings = useLive(session.findings)
  const loaded = useLive(session.loaded)
  const program = useLive(rules.state)
  const accepted = useAcceptedWarnings(session)
  // Jumps to a cell are followed by the desk, also when the score table has not been on show yet.
  scoreDesk(session)
  if (program.kind !== 'here') return <PanelStandIn state={program} />
  if (!Object.values(loaded).every(Boolean)) return <p className="findings-empty">{words.loading}</p>
  if (findings.length === 0) {
    return (
      <div className="findings-empty">
        <b>{words.none}</b>
        <p>{words.noneHelp}</p>
      </div>
    )
  }
  return (
    <div className="findings">
      {ORDER.map((severity) => {
        const group = findings.filter((finding) => finding.severity === severity)
        if (group.length === 0) return null
        return (
          <section key={severity} className={severity}>
            <h3>
              {words[severity]} <span className="num">{words.count({ n: group.length })}</span>
              {severity === 'error' ? <small>{words.errorHelp}</small> : null}
            </h3>
            <ul>
              {group.map((finding) => (
                <FindingLine
                  key={findingKey(finding)}
                  finding={finding}
                  accepted={accepted.get(findingKey(finding)) ?? null}
                  session={session}
                />
              ))}
            </ul>
          </section>
        )
      })}
    </div>
  )
}

interface FindingLineProps {
  readonly finding: Finding
  /** What was said about it when the report was submitted all the same. */
  readonly accepted: AcceptedReason | null
  readonly session: ReportSession
}

function FindingLine({ finding, accepted, session }: FindingLineProps) {
  const words = useWords(scoreWords).findings
  const message = useMessage()
  const target = targetOf(finding)
  return (
    <li>
      <div>
        <p>{message(finding.message)}</p>
        {finding.suggestion ? <p className="suggestion">{words.suggestion({ text: finding.suggestion })}</p> : null}
        {accepted ? <p className="accepted">{words.accepted(accepted)}</p> : null}
        <span className="rule num">{finding.rule}</span>
      </div>
      {target ? (
        <button type="button" className="btn small" onClick={() => session.jump(target)}>
          {words.jump}
        </button>
      ) : null}
    </li>
  )
}
