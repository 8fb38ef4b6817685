import { may, type Message } from '@gongping/permissions'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import { later } from '../app/later.tsx'
import { bringsFiles } from '../app/refuse-files.ts'
import { useLive } from '../app/use-live.ts'
import { ReviewContext } from '../review/review-context.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { DialogStandIn } from './dialog-stand-in.tsx'
import { FateDialogs, type KeptDialogState } from './fate-dialogs.tsx'
import { targetOfFinding } from './finding-places.ts'
import { LineBar } from './line-bar.tsx'
import type { Paper as OpenPaper } from './open-paper.ts'
import { Outline } from './outline.tsx'
import { Paper } from './paper.tsx'
import { PenBar } from './pen-bar.tsx'
import { ReportHeader } from './report-header.tsx'
import { SidePanel, type PanelTab } from './side-panel.tsx'
import { StatusBar } from './status-bar.tsx'
import { Toolbar } from './toolbar.tsx'
import { useReviewDesk } from './use-review-desk.ts'
import { editorWords } from './words.ts'

const asDialog = { StandIn: DialogStandIn, afterPainting: true }
const NameVersionDialog = later(
  async () => (await import('../versions/name-version-dialog.tsx')).NameVersionDialog,
  asDialog,
)
const ShortcutDialog = later(async () => (await import('./shortcut-dialog.tsx')).ShortcutDialog, asDialog)

export interface EditorScreenProps {
  readonly session: EditorSession
  readonly paper: OpenPaper
  /** Said when the screen appears; null for nothing. */
  readonly notice: Message | null
  /** A document was given up: open the report anew. */
  readonly onReplace: (why: Message | null) => void
}

export function EditorScreen({ session, paper, notice: firstNotice, onReplace }: EditorScreenProps) {
  const words = useWords(editorWords)
  const message = useMessage()
  const [notice, setNotice] = useState(firstNotice)
  const [showsShortcuts, setShowsShortcuts] = useState(false)
  const [panelOpen, setPanelOpen] = useState(() => window.innerWidth >= 1200)
  const [panelTab, setPanelTab] = useState<PanelTab>('scores')
  const [keptDialog, setKeptDialog] = useState<KeptDialogState>('unseen')
  const [saveAsked, setSaveAsked] = useState(0)
  const [naming, setNaming] = useState(false)
  const page = useRef<HTMLDivElement>(null)
  const desk = useRef<HTMLDivElement>(null)
  const fate = useLive(session.fate)
  const review = useReviewDesk(session, paper)
  const mayName = useMayNameVersion(session)

  useEffect(() => session.onNotice(setNotice), [session])
  useEffect(() => {
    if (review === null) return undefined
    const stops = [
      review.onSay(setNotice),
      review.onShow(() => {
        setPanelOpen(true)
        setPanelTab('review')
      }),
    ]
    return () => stops.forEach((stop) => stop())
  }, [review])
  useEffect(() => {
    if (notice === null) return undefined
    const timer = setTimeout(() => setNotice(null), 8000)
    return () => clearTimeout(timer)
  }, [notice])

  useEffect(() => {
    if (fate.kind !== 'replaced') return
    onReplace(fate.message)
  }, [fate, onReplace])

  useEffect(
    () =>
      session.onJump((target) => {
        if (target.kind !== 'indicator' && target.kind !== 'fact') return
        setPanelOpen(true)
        setPanelTab('scores')
      }),
    [session],
  )

  const findingAt = useRef(-1)
  const goToFinding = useCallback(
    (step: 1 | -1) => {
      const places = session.findings.get().flatMap((finding) => targetOfFinding(finding) ?? [])
      if (places.length === 0) return setNotice({ zh: editorWords.zh.noFindings, en: editorWords.en.noFindings })
      findingAt.current = (findingAt.current + step + places.length) % places.length
      session.jump(places[findingAt.current]!)
    },
    [session],
  )

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return
      const command = event.ctrlKey || event.metaKey
      if (command && event.key.toLowerCase() === 's' && !event.shiftKey) {
        setSaveAsked((count) => count + 1)
        if (mayName && document.querySelector('dialog[open]') === null) setNaming(true)
      } else if (command && event.key === '/') setShowsShortcuts(true)
      else if (event.altKey && event.key === 'ArrowDown') goToFinding(1)
      else if (event.altKey && event.key === 'ArrowUp') goToFinding(-1)
      else if (event.key === 'F6')
        moveToNextPane({ page: page.current, step: event.shiftKey ? -1 : 1, focusText: () => paper.editor.focus() })
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [goToFinding, paper, mayName])

  // The long ones are kept: another tab or a word that shows for a moment is no reason to render them again.
  const outline = useMemo(() => <Outline session={session} paper={paper} />, [session, paper])
  const text = useMemo(
    () => (
      <>
        <Toolbar session={session} paper={paper} review={review} />
        <LineBar session={session} />
        <PenBar session={session} paper={paper} />
        <div
          className="desk"
          ref={desk}
          onPaste={(event) => isOnlyPicture(event.clipboardData) && setNotice(NO_PICTURES)}
        >
          <Paper session={session} paper={paper} desk={desk} review={review} />
        </div>
      </>
    ),
    [session, paper, review],
  )

  return (
    <ReviewContext value={review}>
      <div
        className="editor-page"
        ref={page}
        onDropCapture={({ nativeEvent }) => bringsFiles(nativeEvent) && setNotice(NO_FILES)}
      >
        <ReportHeader session={session} saveAsked={saveAsked} onNameVersion={mayName ? () => setNaming(true) : null} />
        <div className={panelOpen ? 'editor-columns with-panel' : 'editor-columns'}>
          {outline}
          <section className="centre" aria-label={words.paper}>
            {text}
            <StatusBar
              session={session}
              panelOpen={panelOpen}
              onShortcuts={() => setShowsShortcuts(true)}
              onPanel={() => setPanelOpen((open) => !open)}
              onKept={() => setKeptDialog('asked')}
            />
          </section>
          <SidePanel
            session={session}
            paper={paper}
            review={review}
            tab={panelTab}
            open={panelOpen}
            onTab={setPanelTab}
            onClose={() => setPanelOpen(false)}
          />
        </div>
        <output className="toast-place">
          {notice ? (
            <p className="toast">
              {message(notice)}
              <button type="button" className="btn link" onClick={() => setNotice(null)}>
                {words.dismiss}
              </button>
            </p>
          ) : null}
        </output>
        {naming ? (
          <NameVersion
            session={session}
            onClose={() => setNaming(false)}
            onNamed={(said) => {
              setNaming(false)
              setNotice(said)
            }}
          />
        ) : null}
        {showsShortcuts ? <ShortcutDialog onClose={() => setShowsShortcuts(false)} /> : null}
        <FateDialogs session={session} fate={fate} keptDialog={keptDialog} onKeptLater={() => setKeptDialog('later')} />
      </div>
    </ReviewContext>
  )
}

/** A screenshot, say; pages with pictures in them still bring their text. */
const isOnlyPicture = ({ files, types }: DataTransfer) =>
  files.length > 0 && !types.includes('text/plain') && !types.includes('text/html')

const NO_FILES: Message = { zh: editorWords.zh.noFiles, en: editorWords.en.noFiles }
const NO_PICTURES: Message = { zh: editorWords.zh.noPictures, en: editorWords.en.noPictures }

interface NameVersionProps {
  readonly session: EditorSession
  readonly onClose: () => void
  readonly onNamed: (said: Message) => void
}

function NameVersion({ session, onClose, onNamed }: NameVersionProps) {
  const saveState = useLive(session.saveState)
  const unsaved = 'unsaved' in saveState ? saveState.unsaved : 0
  return (
    <NameVersionDialog reportId={session.reportId} unsaved={unsaved} linksToAll onClose={onClose} onNamed={onNamed} />
  )
}

function useMayNameVersion(session: EditorSession): boolean {
  const { roles } = useLive(session.detail)
  const state = useLive(session.state)
  return may({ roles, isAdmin: session.me.role === 'admin' }, { action: 'name-version' }, state).ok
}

interface PaneMove {
  readonly page: HTMLElement | null
  readonly step: 1 | -1
  /** Puts the focus into the text where the caret was, not at its start. */
  readonly focusText: () => void
}

/** F6: outline, text, scores and round again. Each pane marks what takes the focus with `data-pane`. */
function moveToNextPane({ page, step, focusText }: PaneMove): void {
  const all = [...(page?.querySelectorAll<HTMLElement>('[data-pane]') ?? [])]
  const panes = all.filter((pane) => pane.offsetParent !== null)
  const current = panes.findIndex((pane) => pane.contains(document.activeElement))
  const next = panes[(current + step + panes.length) % panes.length]
  if (next === undefined) return
  if (next.isContentEditable) return focusText()
  const inside = next.querySelector<HTMLElement>('[tabindex="0"], button:not(:disabled), a[href], input')
  ;(next.matches('[tabindex]') ? next : inside)?.focus()
}
