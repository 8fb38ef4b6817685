import { may } from '@gongping/permissions'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { Paper } from './open-paper.ts'
import { editorWords } from './words.ts'

/** Says in words why the text can't be changed right now; nothing when it can. */
export function PenBar({ session, paper }: { session: EditorSession; paper: Paper }) {
  const words = useWords(editorWords)
  const message = useMessage()
  const tracking = useLive(paper.tracking)
  const status = useLive(paper.status)
  const problem = useLive(paper.problem)
  const pen = useLive(session.pen)
  const state = useLive(session.state)
  const detail = useLive(session.detail)
  if (status === 'broken') {
    return (
      <p className="pen-bar error" role="alert">
        {problem ? message(problem) : words.editorBroken}
      </p>
    )
  }
  if (tracking) {
    return (
      <p className="pen-bar tracking">
        {words.trackingOn}{' '}
        <button type="button" className="btn link" onClick={() => paper.tracking.set(false)}>
          {words.trackingEnd}
        </button>
      </p>
    )
  }
  if (pen.narrative) return null
  const verdict = may(
    { roles: detail.roles, isAdmin: session.me.role === 'admin' },
    { action: 'write', part: 'narrative' },
    state,
  )
  return (
    <output className="pen-bar">
      <b>{words.readOnly}</b> {verdict.ok ? '' : message(verdict.message)}
    </output>
  )
}
