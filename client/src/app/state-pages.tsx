import { Component } from 'react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { errorMessage } from './api.ts'
import { useMessage, useWords } from './language.ts'
import { appWords } from './messages.ts'
import { WORKBENCH_PATH } from './paths.ts'

export function Splash() {
  const words = useWords(appWords)
  return <output className="state-page">{words.loading}</output>
}

export function NotFound() {
  const words = useWords(appWords)
  return (
    <main className="state-page">
      <h1>{words.notFoundTitle}</h1>
      <p>{words.notFoundText}</p>
      <Link className="btn primary" href={WORKBENCH_PATH}>
        {words.backToWorkbench}
      </Link>
    </main>
  )
}

export function Unreachable({ error, retry }: { error: unknown; retry: () => void }) {
  const words = useWords(appWords)
  const message = useMessage()
  return (
    <main className="state-page" role="alert">
      <h1>{words.unreachableTitle}</h1>
      <p>{message(errorMessage(error))}</p>
      <button type="button" className="btn primary" onClick={retry}>
        {words.retry}
      </button>
    </main>
  )
}

interface BoundaryProps {
  readonly children: ReactNode
  /** What stands in for the children after an error; without it, a page of its own. */
  readonly renderFallback?: (error: Error) => ReactNode
}

/** Stops an error of a screen from leaving a blank page, and says how to go on. */
export class ErrorBoundary extends Component<BoundaryProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    const { error } = this.state
    if (error === null) return this.props.children
    return this.props.renderFallback ? this.props.renderFallback(error) : <Broken error={error} />
  }
}

function Broken({ error }: { error: Error }) {
  const words = useWords(appWords)
  return (
    <main className="state-page" role="alert">
      <h1>{words.brokenTitle}</h1>
      <p>{words.brokenText}</p>
      <code>{error.message}</code>
      <button type="button" className="btn primary" onClick={() => location.reload()}>
        {words.reload}
      </button>
    </main>
  )
}
