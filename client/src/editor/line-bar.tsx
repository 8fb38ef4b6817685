import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { editorWords } from './words.ts'

/** Why nothing goes through though the network is there, and who can help. */
export function LineBar({ session }: { session: EditorSession }) {
  const words = useWords(editorWords)
  if (!useLive(session.isLineBlocked)) return null
  return (
    <p className="pen-bar error" role="alert">
      {words.lineBlocked}
    </p>
  )
}
