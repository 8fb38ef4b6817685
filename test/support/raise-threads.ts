import type { TextAnchor } from '@gongping/protocol/http'
import { createAnchorIndex, narrativeRoot } from '@gongping/report-doc'
import * as Y from 'yjs'
import { joinPart } from './join-part.ts'
import type { TestServer } from './server.ts'

/** Comments on the sample report by three people in turn; most of them on passages all over the text, so that there is as much to highlight. */
export async function raiseThreads(server: TestServer, count: number): Promise<void> {
  const { doc, provider } = await joinPart(server, { user: 'filler', part: 'narrative' })
  const anchors = textAnchors(doc)
  provider.destroy()
  doc.destroy()
  const users = ['filler', 'head', 'finance'] as const
  const cookies = await Promise.all(users.map((user) => server.signIn(user)))
  for (let index = 0; index < count; index += 1) {
    const anchor = index % 5 === 0 ? { kind: 'report' } : anchors[index % anchors.length]
    const answer = await fetch(`${server.url}/api/reports/demo/threads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: cookies[index % users.length] ?? '' },
      body: JSON.stringify({ anchor, text: `第${index + 1}条：请核对佐证材料，并说明扣分依据。` }),
    })
    if (answer.status !== 201) throw new Error(`a comment answered ${answer.status}: ${await answer.text()}`)
  }
}

function textAnchors(doc: Y.Doc): TextAnchor[] {
  const index = createAnchorIndex(doc)
  const body = narrativeRoot(doc)
  return (body ? textsIn(body) : []).flatMap((type) => {
    const places: TextAnchor[] = []
    for (let offset = 0; offset + 8 <= type.length; offset += 24) {
      const anchor = index.anchorOf({ start: { type, offset }, end: { type, offset: offset + 8 } })
      if (anchor) places.push(anchor)
    }
    return places
  })
}

const textsIn = (node: Y.XmlElement): Y.XmlText[] =>
  node
    .toArray()
    .flatMap((child) => (child instanceof Y.XmlText ? [child] : child instanceof Y.XmlElement ? textsIn(child) : []))
