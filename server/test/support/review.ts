import type { Part, ReportState } from '@gongping/permissions'
import type { TextAnchor } from '@gongping/protocol/http'
import { anchorOf, readNarrative } from '@gongping/report-doc'
import * as Y from 'yjs'
import type { Deps } from '../../src/deps.ts'
import { type TestServer, type Who, PEOPLE, aReport, startTestServer } from './test-server.ts'

/** What came back, whatever it was. */
interface Answer<T> {
  readonly status: number
  readonly body: T & { readonly error: { readonly code: string; readonly message: { zh: string; en: string } } }
}

/** A server with everybody signed in, and one report to talk about. */
export interface ReviewServer extends TestServer {
  reportId: string
  /** The report in place of the one before. */
  newReport(): Promise<string>
  call<T>(who: Who, method: string, path: string, body?: unknown): Promise<Answer<T>>
  inState(state: ReportState): Promise<void>
  /** An edit as the sync server stores it for somebody at a socket. */
  edit(part: Part, who: Who, change: (doc: Y.Doc) => void): Promise<void>
  /** The committed part. */
  read(part: Part): Promise<Y.Doc>
  /** Puts a text into the first empty paragraph. */
  write(who: Who, text: string): Promise<void>
  /** The place of a quote, as a page makes it. */
  anchor(quote: string): Promise<TextAnchor>
  text(): Promise<string>
}

export async function startReviewServer(overrides: Partial<Deps> = {}): Promise<ReviewServer> {
  const server = await startTestServer(overrides)
  const cookies = {} as Record<Who, string>
  for (const who of Object.keys(PEOPLE) as Who[]) cookies[who] = await server.signIn(who)
  const review: ReviewServer = {
    ...server,
    reportId: '',
    async newReport() {
      review.reportId = await aReport(server, cookies.filler)
      return review.reportId
    },
    async call<T>(who: Who, method: string, path: string, body?: unknown) {
      const answer = await server.request(path.startsWith('/api') ? path : `/api/reports/${review.reportId}${path}`, {
        method,
        cookie: cookies[who],
        ...(body === undefined ? {} : { body }),
      })
      return { status: answer.status, body: (await answer.json()) as Answer<T>['body'] }
    },
    async inState(state) {
      await server.database.db.updateTable('report').set({ state }).where('id', '=', review.reportId).execute()
    },
    async edit(part, who, change) {
      const doc = await review.read(part)
      const before = Y.encodeStateVector(doc)
      doc.transact(() => change(doc))
      const update = Y.encodeStateAsUpdate(doc, before)
      await server.hub.applyAs({ reportId: review.reportId, part, userId: server.userIds[who], update })
    },
    async read(part) {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, await server.hub.readPart({ reportId: review.reportId, part }))
      return doc
    },
    write: (who, text) =>
      review.edit('narrative', who, (doc) => {
        const paragraph = textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement).find((run) => run.length === 0)
        if (!paragraph) throw new Error('no empty paragraph')
        paragraph.insert(0, text)
      }),
    async anchor(quote) {
      const doc = await review.read('narrative')
      for (const type of textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement)) {
        const offset = Y.Text.prototype.toString.call(type).indexOf(quote)
        if (offset < 0) continue
        const anchor = anchorOf({ doc, start: { type, offset }, end: { type, offset: offset + quote.length } })
        if (anchor) return anchor
      }
      throw new Error(`${quote} is not in the text`)
    },
    text: async () => JSON.stringify(readNarrative(await review.read('narrative'))),
  }
  return review
}

export function textsIn(node: Y.XmlElement): Y.XmlText[] {
  return node
    .toArray()
    .flatMap((child) => (child instanceof Y.XmlText ? [child] : child instanceof Y.XmlElement ? textsIn(child) : []))
}
