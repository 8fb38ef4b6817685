import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { statSync } from 'node:fs'
import { disableFormatCleanup, narrativeRoot, setScore } from '@gongping/report-doc'
import { leavesOf, findTemplate } from '@gongping/scoring'
import { SAMPLE_TEMPLATE_ID } from '@gongping/scoring/sample'
import * as Y from 'yjs'
import { joinPart } from '../support/join-part.ts'
import { type DemoUser, type TestServer, startServer } from '../support/server.ts'
import { percentile, printResult } from './report.ts'

const LIMITS_MS = { list: 200, compare: 500, open: 500 } as const
const RUNS = 20

/**
 * A report with a long life: three people write on it, and named versions are kept on the way. Measured over HTTP: the
 * list, opening a version, comparing any version with the current one, two versions, and the history of one indicator.
 *
 * @param args `--edits 5000 --versions 200`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: { edits: { type: 'string', default: '5000' }, versions: { type: 'string', default: '200' } },
  })
  const [edits, versions] = [Number(values.edits), Number(values.versions)]
  const server = await startServer({ AUTO_VERSION_IDLE_MS: '86400000' })
  try {
    const before = databaseBytes(server)
    const cookie = await server.signIn('filler')
    const kept = await write(server, { edits, versions, cookie })
    const afterWriting = databaseBytes(server)
    await get(server, cookie, 'versions')
    await settled(server, cookie)
    const ids = (await list(server, cookie)).map(({ id }) => id)
    const at = (part: number) => ids[Math.floor((ids.length - 1) * part)] ?? ''
    const figures = {
      list: await time(() => get(server, cookie, 'versions')),
      open: await time((index) => get(server, cookie, `versions/${at(index / RUNS)}`)),
      compareWithCurrent: await time((index) => get(server, cookie, `versions/${at(index / RUNS)}/compare/current`)),
      compareFarApart: await time(() => get(server, cookie, `versions/${at(1)}/compare/${at(0)}`)),
      historyOfIndicator: await time(() => get(server, cookie, `history?indicatorId=${LEAVES[0]?.id ?? ''}`)),
    }
    for (const [what, times] of Object.entries(figures)) {
      printResult('versions', {
        what,
        edits,
        versions: ids.length,
        p50Ms: Math.round(percentile(times, 50)),
        maxMs: Math.round(Math.max(...times)),
      })
    }
    const perVersion = Math.round(kept.versionBytes / ids.length)
    printResult('versions', {
      what: 'storage',
      versions: ids.length,
      bytesPerVersion: perVersion,
      databaseBytesBefore: before,
      databaseBytesAfter: afterWriting,
    })
    const ok =
      Math.max(...figures.list) <= LIMITS_MS.list &&
      Math.max(...figures.open) <= LIMITS_MS.open &&
      Math.max(...figures.compareWithCurrent, ...figures.compareFarApart) <= LIMITS_MS.compare
    printResult('versions', { what: 'summary', limitsMs: LIMITS_MS, ok })
    return { ok }
  } finally {
    await server.remove()
  }
}

const template = findTemplate(SAMPLE_TEMPLATE_ID)
if (!template) throw new Error(`template ${SAMPLE_TEMPLATE_ID} is missing`)
const LEAVES = leavesOf(template)

/** Types words, takes words away and changes scores, in turns; every so often a version is kept. */
async function write(
  server: TestServer,
  { edits, versions, cookie }: { edits: number; versions: number; cookie: string },
): Promise<{ versionBytes: number }> {
  const people = await Promise.all(
    (['filler', 'head', 'finance'] as const).map((user: DemoUser) => joinPart(server, { user, part: 'narrative' })),
  )
  const scores = await joinPart(server, { user: 'filler', part: 'self' })
  for (const { doc } of people) disableFormatCleanup(doc)
  const every = Math.max(1, Math.floor(edits / versions))
  let random = 1
  const below = (n: number) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
    return random % n
  }
  for (let edit = 1; edit <= edits; edit += 1) {
    const one = people[edit % people.length]!
    if (edit % 25 === 0) {
      const leaf = LEAVES[below(LEAVES.length)]!
      setScore({ doc: scores.doc, origin: null, part: 'self', indicatorId: leaf.id, score: below(200) })
    } else {
      const texts = textsOf(one.doc)
      const text = texts[below(texts.length)]!
      if (edit % 3 === 0 && text.length > 20) text.delete(below(text.length - 6), 4)
      else text.insert(below(text.length + 1), WORDS[below(WORDS.length)] ?? '')
    }
    if (edit % every === 0) {
      await Promise.all([...people, scores].map((person) => person.settled()))
      await keep(server, cookie, `第${edit / every}版`)
    }
  }
  for (const { provider, doc } of [...people, scores]) {
    provider.destroy()
    doc.destroy()
  }
  const { bytes } = await versionBytes(server)
  return { versionBytes: bytes }
}

const WORDS = ['，经核实', '设备已验收', '按计划完成', '；资金到位', '满意度较高', '进一步规范', '（详见附件）']

function textsOf(doc: Y.Doc): Y.XmlText[] {
  const blocks = (narrativeRoot(doc)?.toArray() ?? []) as Y.XmlElement[]
  return blocks.flatMap((block) =>
    block instanceof Y.XmlElement && block.nodeName === 'paragraph'
      ? (block.toArray() as unknown[]).filter((child) => child instanceof Y.XmlText)
      : [],
  )
}

/** What versions take in the database, by its own account. */
async function versionBytes(server: TestServer): Promise<{ bytes: number }> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(databaseFile(server), { readOnly: true })
  try {
    const sum = (query: string) => Number(Object.values(database.prepare(query).get() ?? {})[0] ?? 0)
    return {
      bytes:
        sum('select sum(length(deflated)) from version_state') +
        sum('select sum(length(score) + length(states) + length(contents) + length(seqs)) from version'),
    }
  } finally {
    database.close()
  }
}

const databaseFile = ({ dataDir }: TestServer) => `${dataDir}/gongping.db`
/** With the log that is not in the file yet. */
const databaseBytes = (server: TestServer) =>
  ['', '-wal'].reduce(
    (sum, end) => sum + (statSync(databaseFile(server) + end, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )

async function keep(server: TestServer, cookie: string, name: string): Promise<void> {
  const response = await fetch(`${server.url}/api/reports/demo/versions`, {
    method: 'POST',
    headers: { cookie, origin: server.url, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  if (!response.ok) throw new Error(`keeping a version: HTTP ${response.status} ${await response.text()}`)
}

async function get(server: TestServer, cookie: string, path: string): Promise<unknown> {
  const response = await fetch(`${server.url}/api/reports/demo/${path}`, { headers: { cookie } })
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`)
  return response.json()
}

const list = async (server: TestServer, cookie: string) =>
  ((await get(server, cookie, 'versions')) as { versions: { id: string; changes: unknown }[] }).versions

/** What versions changed is counted in the background; figures are taken when it is done. */
async function settled(server: TestServer, cookie: string): Promise<void> {
  while ((await list(server, cookie)).some(({ changes }) => changes === null))
    await new Promise((resolve) => setTimeout(resolve, 250))
}

async function time(work: (index: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  await work(0)
  for (let index = 0; index < RUNS; index += 1) {
    const start = performance.now()
    await work(index)
    times.push(performance.now() - start)
  }
  return times
}
