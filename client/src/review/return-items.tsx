import { useId } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { MenuButton } from '../editor/menu-button.tsx'
import { usePlaceName } from './place-name.ts'
import { anchorOfFinding, problemOf, type DraftItem } from './return-draft.ts'
import type { ReviewDesk } from './review-desk.ts'
import { roundWords } from './round-words.ts'

/** The list of a return: each point with place, problem, demand and limit. */
export function ReturnItems({ desk }: { desk: ReviewDesk }) {
  const words = useWords(roundWords)
  const message = useMessage()
  const items = useLive(desk.returnDraft.items)
  const threads = useLive(desk.threads)
  const findings = useLive(desk.session.findings)
  const placeName = usePlaceName(desk.session)
  const places = useLive(desk.places)
  const has = (key: string) => items.some((item) => item.key === key)
  const openThreads = threads.filter(
    ({ id, status, visibility }) => status !== 'closed' && visibility === 'public' && !has(id),
  )
  const open = findings
    .map((finding, index) => ({ finding, key: `${finding.rule}-${index}` }))
    .filter(({ finding, key }) => finding.severity !== 'info' && finding.column !== 'finance' && !has(key))
  return (
    <fieldset className="return-items">
      <legend>{words.returnItems({ n: items.length })}</legend>
      {items.length === 0 ? <p className="quiet">{words.noReturnItems}</p> : null}
      <ol>
        {items.map((item) => (
          <ReturnItemFields key={item.key} desk={desk} item={item} />
        ))}
      </ol>
      <div className="add-items">
        {openThreads.length > 0 ? (
          <MenuButton
            className="btn small"
            label={`${words.fromThreads} ${openThreads.length}`}
            items={openThreads.slice(0, 30).map((thread) => ({
              key: thread.id,
              label: `${placeName(thread.anchor, places.get(thread.id))}：${problemOf(thread).slice(0, 40)}`,
              run: () =>
                desk.returnDraft.add({
                  key: thread.id,
                  anchor: thread.anchor,
                  problem: problemOf(thread).slice(0, 2000),
                }),
            }))}
          />
        ) : null}
        {open.length > 0 ? (
          <MenuButton
            className="btn small"
            label={`${words.fromFindings} ${open.length}`}
            items={open.slice(0, 30).map(({ finding, key }) => ({
              key,
              label: message(finding.message).slice(0, 48),
              run: () =>
                desk.returnDraft.add({ key, anchor: anchorOfFinding(finding), problem: message(finding.message) }),
            }))}
          />
        ) : null}
        <button
          type="button"
          className="btn small"
          onClick={() => desk.returnDraft.add({ anchor: { kind: 'report' }, problem: '' })}
        >
          {words.blankItem}
        </button>
      </div>
    </fieldset>
  )
}

function ReturnItemFields({ desk, item }: { desk: ReviewDesk; item: DraftItem }) {
  const words = useWords(roundWords)
  const placeName = usePlaceName(desk.session)
  const places = useLive(desk.places)
  const id = useId()
  const change = (part: Partial<DraftItem>) => desk.returnDraft.change(item.key, part)
  return (
    <li>
      <div className="item-place">
        <b>{placeName(item.anchor, places.get(item.key) ?? undefined)}</b>
        {item.quote === '' ? null : <q>{item.quote}</q>}
        <span className="grow" />
        <button type="button" className="btn link" onClick={() => desk.returnDraft.remove(item.key)}>
          {words.remove}
        </button>
      </div>
      <div className="item-fields">
        <label htmlFor={`${id}-problem`}>{words.problem}</label>
        <textarea
          id={`${id}-problem`}
          className="input"
          rows={2}
          maxLength={2000}
          required
          value={item.problem}
          onChange={(event) => change({ problem: event.target.value })}
        />
        <label htmlFor={`${id}-demand`}>{words.demand}</label>
        <span className="with-phrases">
          <input
            id={`${id}-demand`}
            className="input"
            maxLength={2000}
            value={item.demand}
            onChange={(event) => change({ demand: event.target.value })}
          />
          <MenuButton
            className="btn small"
            label={words.phrases}
            items={words.phraseList.map((phrase) => ({
              key: phrase,
              label: phrase,
              run: () => change({ demand: phrase }),
            }))}
          />
        </span>
        <label htmlFor={`${id}-due`}>{words.dueDate}</label>
        <input
          id={`${id}-due`}
          className="input due"
          type="date"
          value={item.dueDate}
          onChange={(event) => change({ dueDate: event.target.value })}
        />
      </div>
    </li>
  )
}
