import { useWords } from '../app/language.ts'
import { scoreWords } from './words.ts'

/** Why nothing of what was pasted was written, one line each. */
export function PasteProblems({ lines, onDismiss }: { lines: readonly string[]; onDismiss(): void }) {
  const words = useWords(scoreWords)
  if (lines.length === 0) return null
  return (
    <div className="notice error paste-problems" role="alert">
      <b>{words.pasteRefused}</b>
      <ul>
        {lines.map((line, at) => (
          // The list is replaced as a whole.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={at}>{line}</li>
        ))}
      </ul>
      <button type="button" className="btn small" onClick={onDismiss}>
        {words.dismiss}
      </button>
    </div>
  )
}
