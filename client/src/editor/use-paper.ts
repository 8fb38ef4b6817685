import { useEffect, useState } from 'react'
import type { EditorSession } from '../sync/report-session.ts'
import { openPaper, type Paper } from './open-paper.ts'

/** The paper of a session; another session gets another one. */
export function usePaper(session: EditorSession): Paper | null {
  const [paper, setPaper] = useState<Paper | null>(null)
  useEffect(() => {
    const opened = openPaper(session)
    setPaper(opened)
    return () => {
      setPaper(null)
      opened.close()
    }
  }, [session])
  return paper
}
