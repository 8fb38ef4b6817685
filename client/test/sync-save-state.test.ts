import { describe, expect, test } from 'vitest'
import { NEW_PART, STUCK_AFTER_MS, nextSync, summarize, type PartSync, type SyncEvent } from '../src/sync/save-state.ts'

const after = (...events: SyncEvent[]): PartSync => events.reduce(nextSync, NEW_PART)
const opened: SyncEvent = { type: 'opened', at: 1000 }
const synced: SyncEvent = { type: 'synced', at: 1010 }
const closed: SyncEvent = { type: 'closed', at: 5000 }
const edit: SyncEvent = { type: 'edit' }
const update = (frame: number, at = 2000): SyncEvent => ({ type: 'sent', frame, offer: false, at })
const offer = (frame: number, at = 2000): SyncEvent => ({ type: 'sent', frame, offer: true, at })
const saved = (frames: number, at = 2100): SyncEvent => ({ type: 'saved', frames, at })
const quiet = after(opened, synced, { type: 'nothing-to-offer' })
const then = (part: PartSync, ...events: SyncEvent[]): PartSync => events.reduce(nextSync, part)

describe('save state', () => {
  test('[C8] edits that are not confirmed are counted while something is still connecting', () => {
    const waiting = after(opened, { type: 'found', edits: 2 })
    expect(summarize([quiet, waiting], 1100)).toEqual({ kind: 'connecting', unsaved: 2 })
  })

  test('[C8] connecting until every part was synced once', () => {
    expect(summarize([quiet, NEW_PART], 1100)).toMatchObject({ kind: 'connecting', unsaved: 0 })
    expect(summarize([quiet, after(opened)], 1100)).toMatchObject({ kind: 'connecting', unsaved: 0 })
  })

  test('[C1] saved needs connection, content, a stored offer and no open frame', () => {
    expect(summarize([quiet, quiet], 1100)).toEqual({ kind: 'saved', at: null })
    expect(summarize([after(opened, synced)], 1100)).toMatchObject({ kind: 'connecting', unsaved: 0 })
    expect(summarize([after(opened, synced, offer(1))], 1100)).toMatchObject({ kind: 'connecting', unsaved: 0 })
    expect(summarize([after(opened, synced, offer(1), saved(1))], 2200)).toEqual({ kind: 'saved', at: new Date(2100) })
  })

  test('[C2] an edit is unsaved until its own frame is confirmed', () => {
    const two = then(quiet, edit, update(1), edit, update(2))
    expect(summarize([two], 2050)).toEqual({ kind: 'saving', unsaved: 2 })
    expect(summarize([then(two, saved(1))], 2150)).toEqual({ kind: 'saving', unsaved: 1 })
    expect(summarize([then(two, saved(2))], 2150)).toEqual({ kind: 'saved', at: new Date(2100) })
  })

  test('[C2] an edit that has not left yet is unsaved', () => {
    expect(summarize([then(quiet, edit)], 1100)).toEqual({ kind: 'saving', unsaved: 1 })
  })

  test('[C3] a cut connection makes what was on its way unsaved again', () => {
    const cut = then(quiet, edit, update(1), edit, update(2), saved(1), closed)
    expect(summarize([cut], 5000)).toEqual({ kind: 'offline', unsaved: 1, since: new Date(5000) })
    const back = then(cut, { type: 'opened', at: 6000 }, { type: 'synced', at: 6010 })
    expect(summarize([back], 6020)).toEqual({ kind: 'saving', unsaved: 1 })
    expect(summarize([then(back, offer(1, 6030), saved(1, 6040))], 6050).kind).toBe('saved')
  })

  test('[C3] a frame number of the former connection confirms nothing in the next', () => {
    const back = then(quiet, edit, update(1), closed, { type: 'opened', at: 6000 }, saved(1, 6001))
    expect(summarize([back], 6002)).toEqual({ kind: 'saving', unsaved: 1 })
  })

  test('[C4] an update sent before the offer leaves older edits unsent', () => {
    const part = after(edit, edit, opened, edit, update(1), saved(1))
    expect(part.unsent).toBe(2)
    expect(summarize([then(part, synced, offer(2), saved(2))], 2200).kind).toBe('saved')
  })

  test('[C5] offline as soon as one part is down, with all edits and the earliest time', () => {
    const down = then(quiet, closed, edit, edit)
    const other = then(quiet, { type: 'closed', at: 4000 }, edit)
    expect(summarize([quiet, down, other], 9000)).toEqual({ kind: 'offline', unsaved: 3, since: new Date(4000) })
    expect(summarize([then(down, { type: 'closed', at: 8000 })], 9000)).toMatchObject({ since: new Date(5000) })
  })

  test('[C6] edits found in the local copy are unsaved until stored', () => {
    const found = after({ type: 'found', edits: 3 }, opened, synced)
    expect(summarize([found], 1100)).toEqual({ kind: 'saving', unsaved: 3 })
    expect(summarize([then(found, offer(1))], 2050)).toEqual({ kind: 'saving', unsaved: 3 })
    expect(summarize([then(found, offer(1), saved(1))], 2200).kind).toBe('saved')
  })

  test('[C7] stuck after ten seconds without confirmation, and not one earlier', () => {
    const waiting = then(quiet, edit, update(1, 2000))
    expect(summarize([waiting], 2000 + STUCK_AFTER_MS - 1).kind).toBe('saving')
    expect(summarize([waiting], 2000 + STUCK_AFTER_MS)).toEqual({ kind: 'stuck', unsaved: 1, since: new Date(2000) })
    expect(summarize([then(waiting, saved(1, 13_000))], 13_000).kind).toBe('saved')
  })

  test('[C7] a server that can’t store is stuck at once', () => {
    const broken = then(quiet, edit, update(1, 2000), { type: 'storing', ok: false })
    expect(summarize([broken], 2001)).toEqual({ kind: 'stuck', unsaved: 1, since: new Date(2000) })
    expect(summarize([then(broken, { type: 'storing', ok: true })], 2001).kind).toBe('saving')
  })

  test('[C1] a random history never says saved while an edit is unconfirmed', () => {
    let seed = 20260523
    const random = (n: number) => {
      seed = (Math.imul(seed ^ (seed >>> 15), 2246822519) + 3266489917) >>> 0
      return seed % n
    }
    let wasSaved = 0
    for (let run = 0; run < 300; run++) {
      // The truth is kept beside the reducer: which edit travels in which frame of which connection.
      let part = NEW_PART
      let open = false
      let frame = 0
      let waiting: (number | null)[] = []
      const apply = (event: SyncEvent) => {
        part = nextSync(part, event)
      }
      for (let step = 0; step < 60; step++) {
        const act = random(6)
        if (act === 0 && !open) {
          open = true
          frame = 0
          apply({ type: 'opened', at: step })
        } else if (act === 1 && open) {
          open = false
          waiting = waiting.map(() => null)
          apply({ type: 'closed', at: step })
        } else if (act === 2) {
          apply(edit)
          if (open) {
            frame++
            waiting.push(frame)
            apply(update(frame, step))
          } else waiting.push(null)
        } else if (act === 3 && open && part.link.kind === 'open') {
          frame++
          waiting = waiting.map((one) => one ?? frame)
          apply(offer(frame, step))
          apply({ type: 'synced', at: step })
        } else if (act === 4 && open && frame > 0) {
          const upTo = random(frame) + 1
          waiting = waiting.filter((one) => one === null || one > upTo)
          apply(saved(upTo, step))
        }
        const state = summarize([part], step)
        if (state.kind === 'saved') wasSaved++
        const claimed = 'unsaved' in state ? state.unsaved : state.kind === 'saved' ? 0 : waiting.length
        expect(claimed).toBe(waiting.length)
      }
    }
    expect(wasSaved).toBeGreaterThan(50)
  })
})
