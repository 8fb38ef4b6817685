import type { Comparison, OpenedVersion, ReportSummary, RestoreResult, VersionSummary } from '@gongping/protocol/http'
import { setScore } from '@gongping/report-doc'
import { findTemplate, leavesOf } from '@gongping/scoring'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type ReviewServer, startReviewServer, textsIn } from './support/review.ts'
import type { Who } from './support/test-server.ts'

/** Ways around the blind phase: places where a hidden column might still be told, in numbers or by being counted. */

const template = findTemplate('guangdong-2022')
if (!template) throw new Error('the template is part of the product')
const [scored] = leavesOf(template)
const indicatorId = scored?.id ?? ''
const policies = template.policies as { blindPhase: boolean }
/** Found nowhere else in the report. */
const POINTS = '1.37'

let server: ReviewServer
let versionId: string

beforeAll(async () => {
  policies.blindPhase = true
  server = await startReviewServer()
  await server.newReport()
  await server.edit('narrative', 'filler', (doc) => {
    const paragraph = textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement).find((run) => run.length === 0)
    const field = new Y.XmlElement('score-field')
    field.setAttribute('__indicatorId', indicatorId)
    field.setAttribute('__column', 'department')
    field.setAttribute('__form', 'score')
    const block = paragraph?.parent
    if (block instanceof Y.XmlElement) block.insert(0, [field])
    else paragraph?.insertEmbed(0, field)
  })
  await server.edit('department', 'head', (doc) => {
    setScore({ doc, origin: null, part: 'department', indicatorId, score: 137 })
  })
  const named = await server.call<VersionSummary>('head', 'POST', '/versions', { name: '打分后' })
  versionId = named.body.id
  await server.changeCounter.settled()
})
afterAll(async () => {
  policies.blindPhase = false
  await server.close()
})

const versions = async (who: Who) =>
  (await server.call<{ versions: VersionSummary[] }>(who, 'GET', '/versions')).body.versions

test('[B2] a field of the text that is bound to a hidden score shows no number in versions and comparisons', async () => {
  const created = (await versions('filler')).at(-1)?.id
  const places = [
    `/versions/${versionId}`,
    `/versions/${created}/compare/current`,
    `/versions/${created}/compare/${versionId}`,
  ]
  for (const path of places) {
    const told = async (who: Who) =>
      JSON.stringify((await server.call<OpenedVersion | Comparison>(who, 'GET', path)).body)
    expect(await told('head')).toContain(POINTS)
    expect(await told('filler')).not.toContain(POINTS)
    expect(await told('finance')).not.toContain(POINTS)
  }
})

test('[B2] comparisons do not count what somebody did in a hidden column', async () => {
  const created = (await versions('filler')).at(-1)?.id
  const path = `/versions/${created}/compare/${versionId}`
  const people = async (who: Who) =>
    (await server.call<Comparison>(who, 'GET', path)).body.people.map(({ userId }) => userId)
  expect(await people('head')).toContain(server.userIds.head)
  expect(await people('filler')).not.toContain(server.userIds.head)
})

test('[B2] lists of versions neither count hidden scores nor give a hash to guess them by', async () => {
  const of = async (who: Who) => (await versions(who)).find(({ id }) => id === versionId)
  const forHead = await of('head')
  expect(forHead?.changes).toMatchObject({ scores: 1 })
  expect(forHead?.contentSha256).toBeNull()
  const forFiller = await of('filler')
  expect(forFiller?.changes?.scores).toBe(0)
  expect(forFiller?.changes?.people.map(({ userId }) => userId)).not.toContain(server.userIds.head)
  expect(forFiller?.contentSha256).toBeNull()
  expect((await of('admin'))?.contentSha256).toMatch(/^[0-9a-f]{64}$/)
  const opened = (await server.call<OpenedVersion>('filler', 'GET', `/versions/${versionId}`)).body.version
  expect(opened.changes?.scores).toBe(0)
  expect(opened.contentSha256).toBeNull()
})

test('[B2] the number of findings in lists leaves out those of hidden columns', async () => {
  const listed = async (who: Who) =>
    (await server.call<{ reports: ReportSummary[] }>(who, 'GET', '/api/reports')).body.reports[0]?.openFindings
  const shown = async (who: Who) =>
    (await server.call<{ findings: unknown[] }>(who, 'GET', '/score')).body.findings.length
  expect(await shown('admin')).toBeGreaterThan(await shown('filler'))
  for (const who of ['filler', 'head', 'finance', 'admin'] as const) expect(await listed(who)).toBe(await shown(who))
})

test('[B2] restoring does not tell whether a hidden column is as it was', async () => {
  const created = (await versions('filler')).at(-1)?.id
  const { body } = await server.call<RestoreResult>('filler', 'POST', `/versions/${created}/restore`, { scope: 'all' })
  expect(body.parts.map(({ part }) => part)).toEqual(['narrative', 'self'])
})
