import { PARTS, type Part } from '@gongping/permissions'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { type DemoUser, type TestServer, startServer } from '../support/server.ts'

let server: TestServer
const providers: WebsocketProvider[] = []

beforeAll(async () => {
  server = await startServer()
})
afterEach(() => {
  for (const provider of providers.splice(0)) provider.destroy()
})
afterAll(() => server.remove())

/** What any y-websocket user would write: the provider, and a cookie header because Node has no cookie jar. */
async function join(user: DemoUser, part: Part) {
  const cookie = await server.signIn(user)
  class SocketWithCookie extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { cookie } })
    }
  }
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(`${server.wsUrl}/sync/demo`, part, doc, {
    WebSocketPolyfill: SocketWithCookie as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  providers.push(provider)
  const closed: number[] = []
  provider.on('connection-close', (event) => closed.push(event?.code ?? 0))
  await vi.waitFor(() => expect(provider.synced).toBe(true), { timeout: 10_000 })
  return { doc, provider, closed }
}

const WRITERS: Record<Part, DemoUser> = { narrative: 'filler', self: 'filler', department: 'head', finance: 'finance' }
const OTHERS: Record<Part, DemoUser> = { narrative: 'finance', self: 'head', department: 'filler', finance: 'filler' }
/** One edit as a script would make it, and how it shows elsewhere. */
function write(doc: Y.Doc, part: Part, token: string): void {
  const body = doc.get('body', Y.XmlElement)
  if (part === 'narrative') body.insert(body.length, [new Y.XmlText(token)])
  else mapOf(doc, part).set('contract.token', token)
}
const read = (doc: Y.Doc, part: Part) =>
  part === 'narrative' ? doc.get('body', Y.XmlElement).toString() : String(mapOf(doc, part).get('contract.token'))

const mapOf = (doc: Y.Doc, part: Part) => doc.getMap(part === 'self' ? 'facts' : 'scores')

test.each(PARTS)('a stock client joins %s with a cookie alone, and what it writes arrives', async (part) => {
  const writer = await join(WRITERS[part], part)
  const reader = await join(OTHERS[part], part)
  write(writer.doc, part, 'token-1')
  await vi.waitFor(() => expect(read(reader.doc, part)).toContain('token-1'), { timeout: 10_000 })
  expect(Y.encodeStateAsUpdate(reader.doc)).toEqual(Y.encodeStateAsUpdate(writer.doc))
})

test.each(['self', 'department', 'finance'] as const)(
  'without the pen, what it writes into %s goes nowhere',
  async (part) => {
    const watcher = await join(WRITERS[part], part)
    const stranger = await join(OTHERS[part], part)
    mapOf(stranger.doc, part).set('contract.forged', 1)
    await vi.waitFor(() => expect(stranger.closed).toEqual([4403]), { timeout: 10_000 })
    expect(stranger.provider.shouldConnect).toBe(false)

    mapOf(watcher.doc, part).set('contract.after', 2)
    const later = await join('admin', part)
    await vi.waitFor(() => expect(mapOf(later.doc, part).get('contract.after')).toBe(2), { timeout: 10_000 })
    expect(mapOf(later.doc, part).has('contract.forged')).toBe(false)
    expect(mapOf(watcher.doc, part).has('contract.forged')).toBe(false)
    expect(watcher.closed).toEqual([])
  },
)

test('an edit changes the stored score, and a restart keeps both', async () => {
  const writer = await join('filler', 'self')
  const cookie = await server.signIn('filler')
  const score = async () => {
    const response = await fetch(`${server.url}/api/reports/demo/score`, { headers: { cookie } })
    return (await response.json()) as { self: { total: number | null; partial: number }; scoredAt: string }
  }
  const before = await score()
  const answers = writer.doc.getMap<unknown>('self')
  const [key, value] = [...answers.entries()].find(
    ([name, one]) => name.endsWith('.score') && typeof one === 'number' && one >= 100,
  ) as [string, number]
  answers.set(key, value - 100)
  await vi.waitFor(async () => expect((await score()).self.partial).toBeCloseTo(before.self.partial - 1, 5), {
    timeout: 10_000,
  })
  writer.provider.destroy()
  await server.stop()
  await server.restart()
  expect((await score()).self.partial).toBeCloseTo(before.self.partial - 1, 5)
  const again = await join('filler', 'self')
  expect(again.doc.getMap('self').get(key)).toBe(value - 100)
  again.doc.getMap('self').set(key, value)
  await vi.waitFor(async () => expect((await score()).self.partial).toBeCloseTo(before.self.partial, 5), {
    timeout: 10_000,
  })
})
