import { useWords, useMessage } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { ItemList } from './item-list.tsx'
import type { ReviewDesk, ReviewTab } from './review-desk.ts'
import { SuggestionList } from './suggestion-list.tsx'
import { ThreadList } from './thread-list.tsx'
import { reviewWords } from './words.ts'
import './review.css'

/** 批注, 修订 and 退回意见 beside the text. */
export function ReviewPanel({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const tab = useLive(desk.tab)
  const loading = useLive(desk.loading)
  const threads = useLive(desk.threads)
  const suggestions = useLive(desk.suggestions)
  const items = useLive(desk.items)
  const counts: Record<ReviewTab, number> = {
    threads: threads.filter(({ status }) => status !== 'closed').length,
    suggestions: suggestions.filter(({ status }) => status === 'open').length,
    items: items.filter(({ status }) => status !== 'accepted').length,
  }
  if (loading === 'loading') return <p className="panel-loading">{words.loading}</p>
  if (loading !== null) {
    return (
      <p className="panel-loading" role="alert">
        {message(loading)}
      </p>
    )
  }
  return (
    <div className="review-panel">
      <fieldset className="kinds" aria-label={words.kinds}>
        {TABS.map((kind) => (
          <button
            key={kind}
            type="button"
            className="num"
            aria-pressed={tab === kind}
            onClick={() => desk.tab.set(kind)}
          >
            {words[kind]} {counts[kind]}
          </button>
        ))}
        <span className="grow" />
        <button type="button" className="btn small plain" onClick={() => desk.comment({ kind: 'report' })}>
          {words.aboutReport}
        </button>
      </fieldset>
      {tab === 'threads' ? <ThreadList desk={desk} /> : null}
      {tab === 'suggestions' ? <SuggestionList desk={desk} /> : null}
      {tab === 'items' ? <ItemList desk={desk} /> : null}
    </div>
  )
}

const TABS: readonly ReviewTab[] = ['threads', 'suggestions', 'items']
