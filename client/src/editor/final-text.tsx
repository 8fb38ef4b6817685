import { applyProposal, disableFormatCleanup } from '@gongping/report-doc'
import { bindCollaboration, createFieldPainter } from '@gongping/report-doc/editor'
import type { Suggestion } from '@gongping/protocol/http'
import type { Narrative } from '@gongping/scoring'
import { useEffect, useMemo, useRef } from 'react'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useCalm } from '../app/use-selected.ts'
import type { ReviewDesk } from '../review/review-desk.ts'
import { reviewWords } from '../review/words.ts'
import { paintField } from './field-texts.ts'
import { createReportEditor } from './report-editor.ts'
import { editorWords } from './words.ts'

/** The text as it would be with every open suggestion accepted: a copy that nobody can write, made anew when either changes. */
export function FinalText({ desk }: { desk: ReviewDesk }) {
  const words = useWords(editorWords)
  const review = useWords(reviewWords)
  const place = useRef<HTMLDivElement>(null)
  const suggestions = useLive(desk.suggestions)
  const { session } = desk
  const { narrative } = useCalm(session.data, 500)
  const { state, skipped } = useMemo(
    () => acceptAll({ doc: session.docs.narrative, of: narrative, suggestions }),
    [session, narrative, suggestions],
  )

  useEffect(() => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, state)
    const awareness = new Awareness(doc)
    awareness.setLocalState(null)
    const editor = createReportEditor({ onError: (error) => console.error('the preview failed', error) })
    editor.setRootElement(place.current)
    const painter = createFieldPainter(editor)
    painter.paint((ref) =>
      paintField(ref, { template: session.template, data: session.data.get(), score: session.score.get(), words }),
    )
    const collaboration = bindCollaboration({
      editor,
      doc,
      awareness,
      onProblem: ({ error }) => console.error('the preview failed', error),
    })
    return () => {
      collaboration.destroy()
      painter.destroy()
      editor.setRootElement(null)
      editor.dispose()
      awareness.destroy()
      doc.destroy()
    }
  }, [session, state, words])

  return (
    <>
      <div
        ref={place}
        className="report-text final-text"
        role="document"
        aria-label={review.views.final}
        // The place where others scroll with the keyboard takes the focus too.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      />
      {skipped > 0 ? <output className="final-skipped">{review.finalSkipped({ n: skipped })}</output> : null}
    </>
  )
}

interface Copied {
  readonly doc: Y.Doc
  /** What the document says now: the copy is made anew when it says something else. */
  readonly of: Narrative
  readonly suggestions: readonly Suggestion[]
}

/** A copy with everything open applied, and how many could not be because the text has changed. */
function acceptAll({ doc, suggestions }: Copied): { state: Uint8Array; skipped: number } {
  const copy = new Y.Doc()
  disableFormatCleanup(copy)
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  let skipped = 0
  for (const { proposal, status } of suggestions) {
    if (status !== 'open' || proposal.kind !== 'text') continue
    if (!applyProposal({ doc: copy, proposal, origin: null })) skipped++
  }
  const state = Y.encodeStateAsUpdate(copy)
  copy.destroy()
  return { state, skipped }
}
