import { PART_NAMES } from '@gongping/permissions'
import type { RestoreRequest } from '@gongping/protocol/http'
import { useMutation } from '@tanstack/react-query'
import { errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { Dialog } from '../editor/dialog.tsx'
import { restoreVersion } from './version-queries.ts'
import { versionWords } from './words.ts'

/** What is to be as it was. */
export type RestoreSubject =
  | { readonly kind: 'all' }
  | { readonly kind: 'section'; readonly sectionId: string; readonly section: string }
  | {
      readonly kind: 'score'
      readonly indicatorId: string
      readonly column: 'self' | 'department' | 'finance'
      readonly indicator: string
    }

interface RestoreDialogProps {
  readonly reportId: string
  readonly versionId: string
  readonly versionName: string
  readonly subject: RestoreSubject
  readonly onClose: () => void
  /** Told what came of it. */
  readonly onDone: (text: string) => void
}

/** Names what will be restored before anything is written. */
export function RestoreDialog({ reportId, versionId, versionName, subject, onClose, onDone }: RestoreDialogProps) {
  const words = useWords(versionWords)
  const message = useMessage()
  const restore = useMutation({
    mutationFn: () => restoreVersion(reportId, versionId, scopeOf(subject)),
    onSuccess: ({ parts, beforeVersionId }) => {
      const left = parts.filter(({ outcome }) => outcome === 'no-pen').map(({ part }) => message(PART_NAMES[part]))
      const done = beforeVersionId === null ? words.unchanged : words.restored
      onDone([done, left.length > 0 ? words.left({ parts: left.join(words.comma) }) : ''].filter(Boolean).join(' '))
    },
  })
  return (
    // What is under way can't be called back, and its outcome has to be told here.
    <Dialog title={titleOf(subject)} {...(restore.isPending ? {} : { onClose })}>
      <p>{words.confirm.hint}</p>
      {restore.error ? (
        <p className="notice error" role="alert">
          {message(errorMessage(restore.error))}
        </p>
      ) : null}
      <div className="dialog-foot">
        <button type="button" className="btn" disabled={restore.isPending} onClick={onClose}>
          {words.confirm.cancel}
        </button>
        <button type="button" className="btn primary" disabled={restore.isPending} onClick={() => restore.mutate()}>
          {words.confirm.run}
        </button>
      </div>
    </Dialog>
  )

  function titleOf(what: RestoreSubject): string {
    switch (what.kind) {
      case 'all':
        return words.confirm.all({ name: versionName })
      case 'section':
        return words.confirm.section({ section: what.section, name: versionName })
      case 'score':
        return words.confirm.score({ indicator: what.indicator, name: versionName })
    }
  }
}

function scopeOf(subject: RestoreSubject): RestoreRequest['scope'] {
  switch (subject.kind) {
    case 'all':
      return 'all'
    case 'section':
      return { section: subject.sectionId }
    case 'score':
      return { indicatorId: subject.indicatorId, column: subject.column }
  }
}
