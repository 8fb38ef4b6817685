import { useState } from 'react'
import { useWords } from '../app/language.ts'
import { reviewWords } from './words.ts'

/** Asks in its place before anything is deleted. */
export function DeleteButton({ onDelete }: { onDelete: () => void }) {
  const words = useWords(reviewWords)
  const [asking, setAsking] = useState(false)
  if (!asking) {
    return (
      <button type="button" className="btn link" onClick={() => setAsking(true)}>
        {words.delete}
      </button>
    )
  }
  return (
    <>
      <span>{words.reallyDelete}</span>
      <button type="button" className="btn link danger" onClick={onDelete}>
        {words.delete}
      </button>
      <button type="button" className="btn link" onClick={() => setAsking(false)}>
        {words.cancel}
      </button>
    </>
  )
}
