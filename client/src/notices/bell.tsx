import type { Notice } from '@gongping/protocol/http'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { formatMoment } from '../app/format.ts'
import { useLanguage, useWords } from '../app/language.ts'
import { later, PanelStandIn } from '../app/later.tsx'
import { appWords } from '../app/messages.ts'
import { reportPath, returnItemsPath, threadPath } from '../app/paths.ts'
import { PopupButton } from '../app/popup-button.tsx'
import { markRead, noticesQuery, useLiveNotices } from './notice-queries.ts'
import { noticeWords } from './words.ts'
import './notices.css'

const NoticeSettingsForm = later(async () => (await import('./settings.tsx')).NoticeSettingsForm, {
  StandIn: PanelStandIn,
  afterPainting: true,
})

/** The bell with the number of unread notices; new ones show for a moment. */
export function NoticeBell() {
  const words = useWords(noticeWords)
  const list = useQuery(noticesQuery)
  const [fresh, setFresh] = useState<readonly Notice[]>([])
  useLiveNotices(setFresh)
  useEffect(() => {
    if (fresh.length === 0) return undefined
    const timer = setTimeout(() => setFresh([]), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [fresh])
  const unread = list.data?.unread ?? 0
  return (
    <PopupButton
      className="bell"
      name={words.bell({ n: unread })}
      label={
        <>
          <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
            <path
              d="M10 2.5a5 5 0 0 0-5 5v3.2L3.6 13.5h12.8L15 10.7V7.5a5 5 0 0 0-5-5ZM8 15.5a2 2 0 0 0 4 0"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.5"
              strokeLinejoin="round"
            />
          </svg>
          {unread > 0 ? <span className="unread num">{unread > 99 ? '99+' : unread}</span> : null}
        </>
      }
      beside={
        <output className="notice-toasts">
          {fresh.slice(0, 3).map((notice) => (
            <Link key={notice.id} className="notice-toast" href={placeOf(notice)} onClick={() => setFresh([])}>
              <b>{whatOf(notice, words)}</b>
              <span>{notice.projectName}</span>
            </Link>
          ))}
        </output>
      }
    >
      {(close) => <Inbox onClose={close} />}
    </PopupButton>
  )
}

const SHOWN_MS = 8_000

function Inbox({ onClose }: { onClose: () => void }) {
  const words = useWords(noticeWords)
  const app = useWords(appWords)
  const language = useLanguage()
  const client = useQueryClient()
  const list = useQuery(noticesQuery)
  const [showsSettings, setShowsSettings] = useState(false)
  const read = useMutation({
    mutationFn: markRead,
    onSuccess: (next) => client.setQueryData(noticesQuery.queryKey, next),
  })
  const notices = list.data?.notices ?? []
  return (
    <section className="popup inbox" aria-label={words.title}>
      <div className="inbox-head">
        <b>{words.title}</b>
        <span className="grow" />
        {showsSettings ? null : (
          <button
            type="button"
            className="btn small plain"
            disabled={(list.data?.unread ?? 0) === 0}
            onClick={() => read.mutate(undefined)}
          >
            {words.allRead}
          </button>
        )}
        <button type="button" className="btn small plain" onClick={() => setShowsSettings(!showsSettings)}>
          {showsSettings ? words.back : words.settings}
        </button>
      </div>
      {showsSettings ? <NoticeSettingsForm /> : null}
      {!showsSettings && list.isError ? <p role="alert">{words.failed}</p> : null}
      {!showsSettings && notices.length === 0 && list.data ? <p className="quiet">{words.none}</p> : null}
      {showsSettings ? null : (
        <ol>
          {notices.map((notice) => (
            <li key={notice.id} className={notice.readAt === null ? 'new' : undefined}>
              <Link
                href={placeOf(notice)}
                onClick={() => {
                  if (notice.readAt === null) read.mutate([notice.id])
                  onClose()
                }}
              >
                <span className="line">
                  {notice.readAt === null ? (
                    <i className="dot">
                      <span className="visually-hidden">{words.unread}</span>
                    </i>
                  ) : null}
                  <b>{whatOf(notice, words)}</b>
                  <span className="grow" />
                  <time dateTime={notice.at}>{formatMoment(notice.at, { language, words: app })}</time>
                </span>
                <span className="project">{notice.projectName}</span>
                {notice.text === '' ? null : <span className="text">{notice.text}</span>}
              </Link>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

type NoticeWords = (typeof noticeWords)['zh']

const whatOf = ({ kind, by }: Notice, words: NoticeWords) => words.what[kind]({ by: by === '' ? words.system : by })

/** Where what it tells about is to be seen; with a resubmission the items show what was changed since the return. */
function placeOf({ kind, reportId, threadId }: Notice): string {
  if (threadId !== null) return threadPath(reportId, threadId)
  return kind === 'returned' || kind === 'resubmitted' ? returnItemsPath(reportId) : reportPath(reportId)
}
