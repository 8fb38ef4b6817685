import { toOpenReturnItem } from '@gongping/scoring'
import { useEffect, useState } from 'react'
import { createProgram } from '../app/program.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { ReviewDesk } from '../review/review-desk.ts'
import type { Paper } from './open-paper.ts'

export const reviewDesk = createProgram(async () => (await import('../review/review-desk.ts')).openReviewDesk, {
  afterPainting: true,
})

/** Opens the review of a report; its program is fetched once the text can be read. */
export function useReviewDesk(session: EditorSession, paper: Paper): ReviewDesk | null {
  const [desk, setDesk] = useState<ReviewDesk | null>(null)
  useEffect(() => {
    let opened: ReviewDesk | null = null
    let left = false
    const fetchAndOpen = async () => {
      const openReviewDesk = await reviewDesk.get()
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
