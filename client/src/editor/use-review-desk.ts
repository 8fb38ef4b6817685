import { toOpenReturnItem } from '@gongping/scoring'
import { useEffect, useState } from 'react'
import { fetchProgram } from '../app/fetch-program.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { ReviewDesk } from '../review/review-desk.ts'
import type { Paper } from './open-paper.ts'

/** Opens the review of a report; its program is fetched once the text can be read. */
export function useReviewDesk(session: EditorSession, paper: Paper): ReviewDesk | null {
  const [desk, setDesk] = useState<ReviewDesk | null>(null)
  useEffect(() => {
    let opened: ReviewDesk | null = null
    let left = false
    const fetchAndOpen = async () => {
      try {
        const { openReviewDesk } = await fetchProgram(() => import('../review/review-desk.ts'))
        if (left) return
        opened = openReviewDesk(session, paper)
        const { items } = opened
        const tellRules = () =>
          session.openReturnItems.set(
            items
              .get()
              .filter(({ status }) => status === 'open')
              .map(toOpenReturnItem),
          )
        items.subscribe(tellRules)
        tellRules()
        setDesk(opened)
      } catch (error) {
        console.error('the review could not be fetched', error)
      }
    }
    const open = () => {
      if (paper.status.get() === 'opening') return
      stop()
      void fetchAndOpen()
    }
    const stop = paper.status.subscribe(open)
    open()
    return () => {
      left = true
      stop()
      opened?.close()
      setDesk(null)
    }
  }, [session, paper])
  return desk
}
