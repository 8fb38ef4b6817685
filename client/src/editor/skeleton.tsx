import { useWords } from '../app/language.ts'
import { editorWords } from './words.ts'

/** The page while nothing of the report is known yet. */
export function Skeleton() {
  const words = useWords(editorWords)
  return (
    <div className="editor-page">
      <header className="editor-header" />
      <div className="editor-columns with-panel">
        <div className="outline" />
        <div className="desk">
          <div className="sheet">
            <SkeletonText />
          </div>
        </div>
        <div className="side-panel" />
      </div>
      <output className="opening">{words.opening}</output>
    </div>
  )
}

export function SkeletonText() {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: 9 }, (_, line) => (
        <i key={line} />
      ))}
    </div>
  )
}
