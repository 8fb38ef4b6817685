import { may } from '@gongping/permissions'
import { useEffect } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { MenuButton } from '../editor/menu-button.tsx'
import type { ReviewDesk, TextView } from './review-desk.ts'
import { reviewWords } from './words.ts'

/** 批注, 修订 and what of it is shown, in the toolbar; their keys work wherever the focus is. */
export function ReviewTools({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const { paper, session } = desk
  const tracking = useLive(paper.tracking)
  const view = useLive(desk.view)
  const state = useLive(session.state)
  const { roles } = useLive(session.detail)
  const mayComment = may({ roles, isAdmin: session.me.role === 'admin' }, { action: 'comment' }, state).ok

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || !mayComment || !(event.ctrlKey || event.metaKey)) return
      if (event.altKey && event.code === 'KeyM') desk.comment()
      else if (event.shiftKey && event.code === 'KeyE') toggle(desk)
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [desk, mayComment])

  return (
    <>
      <i className="sep" />
      <button
        type="button"
        className="tool"
        title={`${words.comment} (Ctrl+Alt+M)`}
        disabled={!mayComment}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => desk.comment()}
      >
        {words.comment}
      </button>
      <button
        type="button"
        className={tracking ? 'tool pressed' : 'tool'}
        title={`${words.suggest} (Ctrl+Shift+E)`}
        aria-pressed={tracking}
        disabled={!mayComment}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => toggle(desk)}
      >
        {words.suggest}
      </button>
      <MenuButton
        className="tool"
        name={`${words.view}：${words.views[view]}`}
        label={words.views[view]}
        items={VIEWS.map((one) => ({
          key: one,
          label: words.views[one],
          current: one === view,
          run: () => desk.view.set(one),
        }))}
      />
    </>
  )
}

const VIEWS: readonly TextView[] = ['original', 'tracked', 'final']

/** With words selected it begins to rewrite them at once; else it switches 修订 on or off. */
function toggle(desk: ReviewDesk): void {
  const selected = desk.paper.shared.selection()
  const hasWords = selected !== null && !selected.range.collapsed
  if (desk.view.get() !== 'tracked') desk.view.set('tracked')
  if (hasWords && desk.rewrite()) return
  const on = !desk.paper.tracking.get()
  desk.paper.tracking.set(on)
  if (!on) desk.say({ zh: reviewWords.zh.trackingOff, en: reviewWords.en.trackingOff })
}
