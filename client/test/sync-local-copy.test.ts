import * as fakes from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { putAside } from '../src/sync/kept-text.ts'
import { forgetSavedCopies } from '../src/sync/forget-saved-copies.ts'
import { openLocalCopy, type FoundLate, type LocalCopy } from '../src/sync/local-copy.ts'
import { randomOf } from './random.ts'

let room = ''
let rooms = 0
const open: LocalCopy[] = []
beforeAll(() => {
  for (const [name, value] of Object.entries(fakes)) if (name !== 'default') vi.stubGlobal(name, value)
  vi.stubGlobal('indexedDB', new fakes.IDBFactory())
})
afterAll(() => vi.unstubAllGlobals())
beforeEach(() => {
  room = `report-${++rooms}/narrative`
})
afterEach(() => {
  for (const copy of open.splice(0)) copy.close()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** A tab with this part open, as a session uses it. `type` is an edit the server has not confirmed. */
async function aTab() {
  const doc = new Y.Doc()
  const copy = openLocalCopy({ userId: 'u', room, doc })
  open.push(copy)
  const { edits: found, since } = await copy.whenLoaded
  let unsaved = found
  let first: number | undefined
  if (found > 0) copy.setUnsaved(found)
  return {
    doc,
    copy,
    found,
    since,
    text: () => doc.getText('t').toString(),
    type(words: string) {
      if (unsaved === found) first = Y.getState(doc.store, doc.clientID)
      doc.getText('t').insert(doc.getText('t').length, words)
      copy.setUnsaved(++unsaved, first)
    },
    confirm() {
      unsaved = 0
      copy.setUnsaved(0)
    },
    close: () => copy.close(),
  }
}
const { setTimeout: realTimeout } = globalThis
const toDisk = () => new Promise((resolve) => realTimeout(resolve, 10))
const NAME = () => `gongping:1:u:${room}`
async function rowCount(name = NAME()): Promise<number> {
  const database = await openDB(name)
  const rows = await database.count('updates')
  database.close()
  return rows
}

test('[C14] what was typed in a tab that is gone is found, with the number of edits the server never confirmed', async () => {
  const tab = await aTab()
  tab.type('一')
  tab.type('二')
  tab.close()
  const again = await aTab()
  expect(again.text()).toBe('一二')
  expect(again.found).toBe(2)
  again.copy.forgetFound()
  again.confirm()
  again.close()
  expect((await aTab()).found).toBe(0)
})

test('[C10] of what is found it is known from where on the server never confirmed it', async () => {
  const tab = await aTab()
  tab.type('送出的话')
  tab.confirm()
  await new Promise((resolve) => realTimeout(resolve, 700))
  tab.type('没有送出的话')
  tab.close()
  const again = await aTab()
  expect([...again.since]).toEqual([[tab.doc.clientID, '送出的话'.length]])
})

test('[C10] what comes from a slow disk when work has begun is told, as it was and with what the document had before', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const earlier = await aTab()
  earlier.type('断网时写的话')
  earlier.close()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const late: FoundLate[] = []
  const doc = new Y.Doc()
  const copy = openLocalCopy({ userId: 'u', room, doc, onFoundLate: (found) => late.push(found) })
  open.push(copy)
  vi.advanceTimersByTime(3001)
  expect((await copy.whenLoaded).edits).toBe(0)
  const server = new Y.Doc()
  server.getMap('cover').set('phone', '0753')
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(server))
  vi.useRealTimers()
  await vi.waitFor(() => expect(late).toHaveLength(1))
  const [{ edits, since, state, known }] = late as [FoundLate]
  expect({ edits, since: [...since] }).toEqual({ edits: 1, since: [[earlier.doc.clientID, 0]] })
  const stored = new Y.Doc()
  Y.applyUpdate(stored, state)
  expect(stored.getText('t').toString()).toBe('断网时写的话')
  expect(known).toEqual(Y.encodeStateVector(server))
  expect(doc.getText('t').toString()).toBe('断网时写的话')
})

test('[C14] an edit is on the disk together with the number that says it is unconfirmed', async () => {
  const tab = await aTab()
  tab.type('一')
  await toDisk()
  // Read without closing the tab: a crash writes nothing more.
  const database = await openDB(NAME())
  expect(await database.count('updates')).toBe(1)
  expect(await database.getAll('custom')).toEqual([1])
  database.close()
})

test('[C14] another tab throws the copy away: a tab with unconfirmed edits begins a new one with all it holds', async () => {
  const [first, second] = [await aTab(), await aTab()]
  first.type('没有送出的话')
  await toDisk()
  await second.copy.drop()
  await toDisk()
  first.type('，后来的话')
  await toDisk()
  first.close()
  const again = await aTab()
  expect(again.text()).toBe('没有送出的话，后来的话')
  expect(again.found).toBeGreaterThan(0)
})

test('[C14] after the copy was thrown away a tab without unconfirmed edits writes nothing until there is one, then all', async () => {
  const [first, second] = [await aTab(), await aTab()]
  first.type('送出的话')
  first.confirm()
  await toDisk()
  await second.copy.drop()
  await toDisk()
  expect(await rowCount()).toBe(0)
  first.type('，后来的话')
  first.close()
  expect((await aTab()).text()).toBe('送出的话，后来的话')
})

test('[C14] a copy that can’t be written keeps nobody from working, and is whole once it can be', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
  const tab = await aTab()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const full = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  tab.type('一')
  await toDisk()
  tab.type('二')
  await toDisk()
  expect(tab.text()).toBe('一二')
  expect(full).toHaveBeenCalledOnce()
  expect(complaints).toHaveBeenCalledOnce()
  full.mockRestore()
  // Nobody types any more.
  vi.advanceTimersByTime(10_000)
  await toDisk()
  vi.useRealTimers()
  expect((await aTab()).text()).toBe('一二')
})

test('[C14] whoever leaves right after a write failed leaves everything in the copy', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const tab = await aTab()
  const full = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  tab.type('一')
  await toDisk()
  expect(full).toHaveBeenCalledOnce()
  tab.type('二')
  tab.close()
  expect((await aTab()).text()).toBe('一二')
})

test('[C9] what found no room on the disk beside the copy is stored once the copy is gone', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const tab = await aTab()
  tab.doc.getText('t').insert(0, '被拒绝的话')
  await toDisk()
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementationOnce(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  const readState = () => Y.encodeStateAsUpdate(tab.doc)
  await putAside({ userId: 'u', reportId: room, part: 'narrative', at: 0 }, { readState, copy: tab.copy })
  const database = await openDB('gongping:1:kept')
  expect((await database.getAll('kept')).filter(({ reportId }) => reportId === room)).toHaveLength(1)
  database.close()
})

test('[C9] a copy that is still opening is waited for before it is thrown away', async () => {
  const earlier = await aTab()
  earlier.type('昨天断网时写的话')
  earlier.close()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const copy = openLocalCopy({ userId: 'u', room, doc: new Y.Doc() })
  open.push(copy)
  const reading = copy.read()
  // Longer than anybody waits for it before beginning to work.
  vi.advanceTimersByTime(15_000)
  vi.useRealTimers()
  const all = new Y.Doc()
  Y.applyUpdate(all, (await reading)!)
  expect(all.getText('t').toString()).toBe('昨天断网时写的话')
})

test('[C14] however often a page is opened without a server, an edit counts once', async () => {
  const tab = await aTab()
  tab.type('一')
  tab.close()
  for (let visits = 0; visits < 5; visits++) {
    const again = await aTab()
    expect(again.found).toBe(1)
    again.close()
  }
  const writing = await aTab()
  writing.type('二')
  writing.close()
  expect((await aTab()).found).toBe(2)
})

test('[C14] what a tab had on its way into a copy that was thrown away makes it forget nothing of the new one', async () => {
  const [first, second, third] = [await aTab(), await aTab(), await aTab()]
  for (let times = 0; times < 600; times++) first.type('字')
  const dropped = third.copy.drop()
  await dropped
  second.type('另一个窗口的话')
  await toDisk()
  second.close()
  for (let times = 0; times < 520; times++) first.type('后')
  await vi.waitFor(async () => expect(await rowCount()).toBeLessThan(8), { timeout: 10_000 })
  first.close()
  expect((await aTab()).text()).toContain('另一个窗口的话')
})

test('[C14] many small edits become one row, and what only another tab has stays in it', async () => {
  const [first, second] = [await aTab(), await aTab()]
  second.type('另一个窗口的话')
  second.close()
  for (let times = 0; times < 520; times++) first.type('字')
  await vi.waitFor(async () => expect(await rowCount()).toBeLessThan(5), { timeout: 10_000 })
  for (let times = 0; times < 520; times++) first.type('后')
  await toDisk()
  await vi.waitFor(async () => expect(await rowCount()).toBeLessThan(5), { timeout: 10_000 })
  first.close()
  const again = await aTab()
  expect(again.text()).toContain('另一个窗口的话')
  expect(again.text()).toContain('字'.repeat(520))
  expect(again.text()).toContain('后'.repeat(520))
})

test('[C9] everything in the copy can be read before it is thrown away, what a closed tab left included', async () => {
  const [first, second] = [await aTab(), await aTab()]
  first.type('关掉的窗口里的话')
  first.close()
  second.type('开着的窗口里的话')
  await toDisk()
  const all = new Y.Doc()
  Y.applyUpdate(all, (await second.copy.read())!)
  expect(all.getText('t').toString()).toContain('关掉的窗口里的话')
  expect(all.getText('t').toString()).toContain('开着的窗口里的话')
  await second.copy.drop()
  expect((await aTab()).text()).toBe('')
})

test('[C14] a copy that comes late brings what it holds, and takes what came before it', async () => {
  const earlier = await aTab()
  earlier.type('离线时写的话')
  earlier.close()
  const doc = new Y.Doc()
  const copy = openLocalCopy({ userId: 'u', room, doc })
  open.push(copy)
  const server = new Y.Doc()
  server.getMap('cover').set('phone', '0753')
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(server))
  await copy.whenLoaded
  await toDisk()
  expect(doc.getText('t').toString()).toBe('离线时写的话')
  copy.close()
  const again = await aTab()
  expect(again.doc.getMap('cover').get('phone')).toBe('0753')
})

test('[C14] tabs that type, close, open and trim in any order: nothing that a tab wrote is missing in the end', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    room = `seed-${seed}`
    const random = randomOf(seed)
    let tabs = [await aTab()]
    const typed: string[] = []
    for (let step = 0; step < 40; step++) {
      const tab = tabs[Math.floor(random() * tabs.length)]
      const dice = random()
      if (tab === undefined || (dice < 0.1 && tabs.length < 4)) tabs.push(await aTab())
      else if (dice < 0.2) {
        tab.close()
        tabs = tabs.filter((one) => one !== tab)
      } else if (dice < 0.25) {
        // What no open tab holds is put aside by whoever throws the copy away. The others hear of it a moment later.
        const dropper = await aTab()
        const aside = typed.filter((word) => !tabs.some((one) => one.text().includes(word)))
        await dropper.copy.drop()
        for (const word of aside) typed.splice(typed.indexOf(word), 1)
        await toDisk()
      } else {
        const word = `[${seed}.${typed.length}.${step}]`
        tab.type(word)
        typed.push(word)
      }
      if (random() < 0.3) await toDisk()
    }
    await toDisk()
    for (const tab of tabs) tab.close()
    const text = (await aTab()).text()
    for (const word of typed) expect(text, `seed ${seed}`).toContain(word)
  }
})

test('[C17] signing out clears what the server has, and leaves what it has not confirmed', async () => {
  const saved = await aTab()
  saved.type('已保存')
  await toDisk()
  saved.confirm()
  saved.close()
  await toDisk()
  const savedName = NAME()
  room = `report-${++rooms}/narrative`
  const unsaved = await aTab()
  unsaved.type('没有送到')
  unsaved.close()
  await toDisk()

  await forgetSavedCopies('somebody else')
  expect(await rowCount(savedName)).toBeGreaterThan(0)
  await forgetSavedCopies('u')
  expect(await rowCount(savedName)).toBe(0)
  const again = await aTab()
  expect([again.text(), again.found]).toEqual(['没有送到', 1])
})

test('[C17] a page that goes on after its copy was cleared writes all it holds with the next edit', async () => {
  const tab = await aTab()
  tab.type('先前的')
  await toDisk()
  tab.confirm()
  await new Promise((resolve) => realTimeout(resolve, 700))
  await forgetSavedCopies('u')
  tab.type('后来的')
  tab.close()
  await toDisk()
  const again = await aTab()
  expect([again.text(), again.found]).toEqual(['先前的后来的', 1])
})

test('[C17] what is typed in the moment of signing out comes back, whichever is first', async () => {
  for (const isTypedFirst of [true, false]) {
    room = `report-${++rooms}/narrative`
    const tab = await aTab()
    tab.type('先前的')
    await toDisk()
    tab.confirm()
    await new Promise((resolve) => realTimeout(resolve, 700))
    const server = new Y.Doc()
    Y.applyUpdate(server, Y.encodeStateAsUpdate(tab.doc))
    const forgetting = isTypedFirst ? null : forgetSavedCopies('u')
    tab.type('最后的')
    tab.close()
    await (forgetting ?? forgetSavedCopies('u'))
    await toDisk()
    const again = await aTab()
    expect(again.found).toBe(1)
    Y.applyUpdate(again.doc, Y.encodeStateAsUpdate(server))
    expect(again.text()).toBe('先前的最后的')
  }
})
