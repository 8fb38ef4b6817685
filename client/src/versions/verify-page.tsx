import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { errorMessage } from '../app/api.ts'
import { AppHeader } from '../app/header.tsx'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { verifyPath, versionsPath } from '../app/paths.ts'
import { verifyQuery } from './version-queries.ts'
import { shortTime } from './version-names.ts'
import { versionWords } from './words.ts'
import './versions.css'

/** Which version a printed hash stands for. */
export function VerifyPage({ sha256 }: { sha256: string }) {
  const words = useWords(versionWords)
  const message = useMessage()
  const language = useLanguage()
  const [, navigate] = useLocation()
  const [typed, setTyped] = useState(sha256)
  const { data, error, isFetching } = useQuery(verifyQuery(sha256))
  return (
    <>
      <title>{words.verify.title}</title>
      <AppHeader />
      <main className="verify">
        <h1>{words.verify.title}</h1>
        <p>{words.verify.intro}</p>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            navigate(verifyPath(typed.replace(/\s+/g, '').toLowerCase()))
          }}
        >
          <input
            className="input"
            aria-label={words.verify.label}
            value={typed}
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
          <button type="submit" className="btn primary" disabled={typed.trim() === '' || isFetching}>
            {words.verify.check}
          </button>
        </form>
        {error ? (
          <p className="notice error" role="alert">
            {message(errorMessage(error))}
          </p>
        ) : null}
        <ul aria-live="polite">
          {data?.map(({ reportId, projectName, version, isIntact, isCurrent }) => (
            <li key={version.id} className={isIntact ? 'notice info' : 'notice error'}>
              <b>{projectName}</b>
              <p>
                {[version.name || words.kinds[version.kind], version.by, shortTime(version.at, language)].join(' · ')}
              </p>
              <p>{isIntact ? words.verify.intact : words.verify.damaged}</p>
              <p>{isCurrent ? words.verify.current : words.verify.changed}</p>
              <Link href={`${versionsPath(reportId)}?from=${version.id}&to=current`}>{words.verify.open}</Link>
            </li>
          ))}
        </ul>
      </main>
    </>
  )
}
