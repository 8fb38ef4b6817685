import type { Message } from '@gongping/permissions'
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { FormEvent } from 'react'
import { Link } from 'wouter'
import { errorMessage } from '../app/api.ts'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { versionsPath } from '../app/paths.ts'
import { Dialog } from '../editor/dialog.tsx'
import { shortTime } from './version-names.ts'
import { nameVersion } from './version-queries.ts'
import { versionWords } from './words.ts'

export interface NameVersionDialogProps {
  readonly reportId: string
  /** Edits the server has not confirmed: a version kept now would be without them. */
  readonly unsaved: number
  /** Whether to lead to the versions there are; not on the screen that shows them. */
  readonly linksToAll: boolean
  readonly onClose: () => void
  readonly onNamed: (said: Message) => void
}

/** Keeps the report as it is now under a name; without one the time stands for it. */
export function NameVersionDialog(props: NameVersionDialogProps) {
  const { reportId, unsaved, linksToAll, onClose, onNamed } = props
  const words = useWords(versionWords)
  const message = useMessage()
  const language = useLanguage()
  const [name, setName] = useState('')
  const [timeName] = useState(() => words.naming.byTime({ time: shortTime(new Date().toISOString(), language) }))
  const id = useId()
  const naming = useMutation({
    mutationFn: () => nameVersion(reportId, name.trim() || timeName),
    onSuccess: (version) => {
      const said = { name: version.name }
      onNamed({ zh: versionWords.zh.naming.done(said), en: versionWords.en.naming.done(said) })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (unsaved === 0 && !naming.isPending) naming.mutate()
  }
  return (
    <Dialog title={words.naming.title} onClose={onClose}>
      <form onSubmit={submit}>
        <p>{words.naming.hint}</p>
        <label htmlFor={id}>{words.naming.name}</label>
        <input
          id={id}
          className="input"
          maxLength={100}
          autoComplete="off"
          placeholder={timeName}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {unsaved > 0 ? <p className="notice">{words.naming.unsaved({ n: unsaved })}</p> : null}
        {naming.error ? (
          <p className="notice error" role="alert">
            {message(errorMessage(naming.error))}
          </p>
        ) : null}
        <div className="dialog-foot">
          {linksToAll ? (
            <Link className="btn link" href={versionsPath(reportId)}>
              {words.naming.all}
            </Link>
          ) : null}
          <span className="grow" />
          <button type="button" className="btn" onClick={onClose}>
            {words.naming.cancel}
          </button>
          <button type="submit" className="btn primary" disabled={unsaved > 0 || naming.isPending}>
            {words.naming.save}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
