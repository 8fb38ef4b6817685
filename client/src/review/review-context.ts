import { createContext, useContext } from 'react'
import type { ReviewDesk } from './review-desk.ts'

/** The review of the open report; null until its program is there. */
export const ReviewContext = createContext<ReviewDesk | null>(null)

export const useReview = (): ReviewDesk | null => useContext(ReviewContext)
