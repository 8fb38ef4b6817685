import type { Message } from '@gongping/permissions'
import { findTemplate } from '@gongping/scoring'
import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { errorMessage, isFinal } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useMe } from '../app/me.tsx'
import { WORKBENCH_PATH } from '../app/paths.ts'
import { fetchReport } from '../sync/fetch-report.ts'
import { createReportSession, type EditorSession } from '../sync/report-session.ts'
import { EditorScreen } from './editor-screen.tsx'
import { openPaper, type Paper } from './open-paper.ts'
import { Skeleton } from './skeleton.tsx'
import { editorWords } from './words.ts'
import './editor.css'
import './print.css'

/** The screen of one report. */
export function EditorPage({ reportId }: { reportId: string }) {
  const words = useWords(editorWords)
  const message = useMessage()
  const me = useMe()
  const [opened, setOpened] = useState<Opened>({ kind: 'loading', generation: 0 })
  // A document that had to be given up is fetched anew by a new session.
  const [generation, setGeneration] = useState(0)
  const [notice, setNotice] = useState<Message | null>(null)

  useEffect(() => {
    let session: EditorSession | null = null
    let paper: Paper | null = null
    let left = false
    const open = async () => {
      try {
        const detail = await fetchReport(reportId)
        const template = findTemplate(detail.templateId)
        if (left) return
        if (!template) return setOpened({ kind: 'unknown-template', generation })
        session = createReportSession({ me, detail, template, syncUrl: syncUrl() })
        paper = openPaper(session)
        setOpened({ kind: 'open', generation, session, paper })
      } catch (error) {
        if (!left) setOpened({ kind: 'failed', generation, error })
      }
    }
    void open()
    return () => {
      left = true
      paper?.close()
      session?.close()
    }
  }, [me, reportId, generation])

  const replace = useCallback((why: Message | null) => {
    setNotice(why ?? { zh: editorWords.zh.resyncing, en: editorWords.en.resyncing })
    setGeneration((count) => count + 1)
  }, [])

  if (opened.generation !== generation) return <Skeleton />
  switch (opened.kind) {
    case 'loading':
      return <Skeleton />
    case 'open':
      return <EditorScreen session={opened.session} paper={opened.paper} notice={notice} onReplace={replace} />
    case 'unknown-template':
      return <Problem title={words.notOpened} text={words.unknownTemplate} />
    case 'failed':
      return isFinal(opened.error) ? (
        <Problem title={words.notOpened} text={message(errorMessage(opened.error))} />
      ) : (
        <Problem
          title={words.notOpened}
          text={message(errorMessage(opened.error))}
          retry={() => setGeneration((count) => count + 1)}
        />
      )
  }
}

/** `generation` tells which opening it belongs to; one that is over is no longer shown. */
type Opened = { readonly generation: number } & (
  | { readonly kind: 'loading' }
  | { readonly kind: 'open'; readonly session: EditorSession; readonly paper: Paper }
  | { readonly kind: 'unknown-template' }
  | { readonly kind: 'failed'; readonly error: unknown }
)

function Problem({ title, text, retry }: { title: string; text: string; retry?: () => void }) {
  const words = useWords(editorWords)
  return (
    <main className="state-page" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      {retry ? (
        <button type="button" className="btn primary" onClick={retry}>
          {words.reload}
        </button>
      ) : null}
      <Link className={retry ? 'btn' : 'btn primary'} href={WORKBENCH_PATH}>
        {words.goBack}
      </Link>
    </main>
  )
}

const syncUrl = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/sync`
