import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { LIMITS } from '@gongping/protocol'
import type { Part } from '@gongping/permissions'
import type {
  AuditList,
  Comparison,
  ErrorBody,
  History,
  OpenedVersion,
  ReportDetail,
  RestoreResult,
  ReturnItem,
  Suggestion,
  Thread,
  VerifiedVersions,
  VersionList,
} from '@gongping/protocol/http'
import {
  anchorOf,
  disableFormatCleanup,
  narrativeRoot,
  readLines,
  restoreNarrative,
  reasonKey,
  scoreKey,
  setScore,
  textOf,
} from '@gongping/report-doc'
import { SAMPLE_TEMPLATE_ID, sampleReport } from '@gongping/scoring/sample'
import { findTemplate } from '@gongping/scoring'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { findVersion, insertVersion, readVersionStates } from '../src/db/versions.ts'
import { insertRestoreIntent } from '../src/db/restore-intents.ts'
import { storeNewReport } from '../src/reports/create-report.ts'
import { finishRestoring } from '../src/versions/finish-restore.ts'
import { type TestServer, type Who, PEOPLE, startTestServer } from './support/test-server.ts'

const LEAF = 'gd.decision.setup.justification'
const template = findTemplate(SAMPLE_TEMPLATE_ID)!

let server: TestServer
const cookies = {} as Record<Who, string>
let id: string
let number = 0

beforeAll(async () => {
  server = await startTestServer()
  for (const who of Object.keys(PEOPLE) as Who[]) cookies[who] = await server.signIn(who)
})
afterAll(() => server.close())
beforeEach(async () => {
  number += 1
  id = `sample-${number}`
  await storeNewReport(server.database.db, {
    id,
    template,
    projectName: '样例',
    unit: '甲局',
    fiscalYear: 2021,
    state: 'draft',
    userId: server.userIds.filler,
    at: Date.now(),
    members: (['filler', 'head', 'finance'] as const).map((role) => ({ userId: server.userIds[role], role })),
    data: sampleReport(),
  })
})

const get = async <T>(path: string, who: Who = 'filler'): Promise<{ status: number; body: T }> => {
  const answer = await server.request(path, { cookie: cookies[who] })
  return { status: answer.status, body: (await answer.json()) as T }
}
const post = async <T>(path: string, body: unknown, who: Who = 'filler'): Promise<{ status: number; body: T }> => {
  const answer = await server.request(path, { method: 'POST', cookie: cookies[who], body })
  return { status: answer.status, body: (await answer.json()) as T }
}
const versions = async () => (await get<VersionList>(`/api/reports/${id}/versions`)).body.versions
const keep = async (name: string) => (await post<{ id: string }>(`/api/reports/${id}/versions`, { name })).body.id
const compare = async (a: string, b: string, who: Who = 'filler') =>
  (await get<Comparison>(`/api/reports/${id}/versions/${a}/compare/${b}`, who)).body
const restore = (versionId: string, scope: unknown = 'all', who: Who = 'filler') =>
  post<RestoreResult & ErrorBody>(`/api/reports/${id}/versions/${versionId}/restore`, { scope }, who)
const inState = async (state: 'department_review' | 'concluded') => {
  await server.database.db.updateTable('report').set({ state }).where('id', '=', id).execute()
}

/** A client of somebody: a copy of the part, whose edit is handed in. */
async function edit(who: Who, part: Part, change: (doc: Y.Doc) => void): Promise<void> {
  const doc = new Y.Doc()
  disableFormatCleanup(doc)
  Y.applyUpdate(doc, await server.hub.readPart({ reportId: id, part }))
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  doc.transact(() => change(doc))
  const userId = server.userIds[who]
  for (const update of updates) await server.hub.applyAs({ reportId: id, part, userId, update })
}
const score = (who: Who, part: 'self' | 'department', value: number | null) =>
  edit(who, part, (doc) => setScore({ doc, origin: null, part, indicatorId: LEAF, score: value }))

/** The first paragraph that contains a text. */
function paragraph(doc: Y.Doc, part: string): Y.XmlText {
  for (const block of narrativeRoot(doc)!.toArray() as Y.XmlElement[]) {
    for (const child of block.toArray()) {
      if (child instanceof Y.XmlText && Y.Text.prototype.toString.call(child).includes(part)) return child
    }
  }
  throw new Error(`no paragraph with ${part}`)
}
const plain = (text: Y.Text) => Y.Text.prototype.toString.call(text)
const insert = (who: Who, after: string, text: string) =>
  edit(who, 'narrative', (doc) => {
    const found = paragraph(doc, after)
    found.insert(plain(found).indexOf(after) + after.length, text)
  })
const remove = (who: Who, text: string) =>
  edit(who, 'narrative', (doc) => {
    const found = paragraph(doc, text)
    found.delete(plain(found).indexOf(text), text.length)
  })
const currentText = async () => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await server.hub.readPart({ reportId: id, part: 'narrative' }))
  return readLines(doc, () => '')
    .map(({ chars }) => chars.text)
    .join('\n')
}
/** Scores somebody writes, without the sums they make up. */
const written = (comparison: Comparison) => comparison.scores.filter(({ isSum }) => !isSum)
const side = (text: Comparison['text'], not: string) =>
  text
    .filter(({ op }) => op !== not)
    .map((run) => run.text)
    .join('')

const PHRASE = '根据文件要求以及实际业务办理需要'

describe('comparing', () => {
  test('[V1] version 0 against now: scores first, then words, each with who did it', async () => {
    const [created] = await versions()
    expect(created).toMatchObject({ kind: 'created', by: '填报人', selfTotal: 90.8 })
    await insert('head', PHRASE, '（部门补充）')
    await remove('finance', '实际业务')
    await score('filler', 'self', 250)
    await edit('filler', 'self', (doc) => textOf(doc, 'self', `${LEAF}.reason`)?.insert(0, '论证材料不全。'))
    const found = await compare(created!.id, 'current')
    expect(written(found)).toHaveLength(1)
    expect(written(found)[0]).toMatchObject({
      indicatorId: LEAF,
      column: 'self',
      from: 3,
      to: 2.5,
      by: '填报人',
      role: 'filler',
      isSum: false,
    })
    expect(written(found)[0]?.reason).toContain('论证材料不全。')
    expect(found.scores.every(({ isSum, by }) => isSum === (by === ''))).toBe(true)
    expect(found.totals.self).toMatchObject({ from: 90.8, to: 90.3, gradeFrom: '优', gradeTo: '优' })
    const changes = found.text.filter(({ op }) => op !== 'equal')
    expect(changes).toContainEqual(expect.objectContaining({ op: 'insert', text: '（部门补充）', role: 'head' }))
    expect(changes).toContainEqual(expect.objectContaining({ op: 'delete', text: '实际业务', role: 'finance' }))
    expect(found.fields).toEqual([expect.objectContaining({ part: 'self', kind: 'reason', key: LEAF })])
    expect(found.fields[0]?.runs[0]).toMatchObject({ op: 'insert', text: '论证材料不全。', by: '填报人' })
    expect(found.people.find(({ role }) => role === 'head')).toMatchObject({ text: 1, inserted: 6, scores: 0 })
    expect(found.people.find(({ role }) => role === 'filler')).toMatchObject({ scores: 1, fields: 1 })
  })

  test('[V2] both texts can be put together again, fields are their values of then, and it works backwards', async () => {
    const first = await keep('一')
    await score('filler', 'self', 400)
    await insert('filler', PHRASE, '甲乙')
    const second = await keep('二')
    const forward = await compare(first, second)
    const backward = await compare(second, first)
    const opened = async (version: string) => (await get<OpenedVersion>(`/api/reports/${id}/versions/${version}`)).body
    const text = async (version: string) => side((await opened(version)).text, 'insert')
    expect(side(forward.text, 'insert')).toBe(await text(first))
    expect(side(forward.text, 'delete')).toBe(await text(second))
    expect(side(backward.text, 'insert')).toBe(await text(second))
    expect(side(backward.text, 'delete')).toBe(await text(first))
    expect(written(backward)[0]).toMatchObject({ from: 4, to: 3 })
    expect(await text(second)).toContain('（4分，自评得4分）')
    expect(await text(first)).toContain('（4分，自评得3分）')
    const same = await compare(second, second)
    expect(same).toMatchObject({ scores: [], fields: [], people: [], problem: null })
    expect(same.text.every(({ op }) => op === 'equal')).toBe(true)
  })

  test('[V3] a version of another report, an unknown one and a teasing id are all unknown', async () => {
    const own = await keep('一')
    const other = id
    id = `sample-${number}-b`
    await storeNewReport(server.database.db, {
      id,
      template,
      projectName: '另一份',
      unit: '乙局',
      fiscalYear: 2021,
      state: 'draft',
      userId: server.userIds.outsider,
      at: Date.now(),
      members: [{ userId: server.userIds.outsider, role: 'filler' }],
      data: sampleReport(),
    })
    for (const versionId of [own, 'none', '%27--', 'x'.repeat(300)]) {
      for (const path of [`${versionId}`, `${versionId}/compare/current`, `current/compare/${versionId}`]) {
        const answer = await get<ErrorBody>(`/api/reports/${id}/versions/${path}`, 'outsider')
        expect(answer.status).toBe(404)
        expect(answer.body.error.code).toBe('no_such_version')
      }
      expect((await restore(versionId, 'all', 'outsider')).status).toBe(404)
    }
    const foreign = await get<ErrorBody>(`/api/reports/${other}/versions/${own}/compare/current`, 'outsider')
    expect(foreign).toMatchObject({ status: 404, body: { error: { code: 'no_such_report' } } })
  })

  test('[V4] a stored document that would unpack without end is damaged, not unpacked', async () => {
    const { db } = server.database
    const bomb = new Uint8Array(2 * LIMITS.maxPartBytes + 1)
    const sha256 = createHash('sha256').update(bomb).digest('hex')
    await db
      .insertInto('version_state')
      .values({ sha256, deflated: new Uint8Array(deflateRawSync(bomb)) })
      .execute()
    const states = JSON.stringify({ narrative: sha256, self: sha256, department: sha256, finance: sha256 })
    await expect(readVersionStates(db, { id: 'v', states }, ['narrative'])).rejects.toThrow('fails its checksum')
  })

  test('[V4] a damaged version and one of another layout say so; their scores are told all the same', async () => {
    const { db } = server.database
    const damaged = await keep('一')
    await score('filler', 'self', 200)
    const row = await findVersion(db, id, damaged)
    const { narrative } = JSON.parse(row!.states) as Record<Part, string>
    await db
      .updateTable('version_state')
      .set({ deflated: Uint8Array.of(1, 2, 3) })
      .where('sha256', '=', narrative)
      .execute()
    const found = await compare(damaged, 'current')
    expect(found.problem?.zh).toContain('已损坏')
    expect(found.text).toEqual([])
    expect(written(found)[0]).toMatchObject({ from: 3, to: 2 })
    expect((await get<OpenedVersion>(`/api/reports/${id}/versions/${damaged}`)).body.problem?.en).toContain('damaged')
    const before = await currentText()
    expect(await restore(damaged)).toMatchObject({ status: 409, body: { error: { code: 'version_damaged' } } })

    const later = await keep('二')
    await db.updateTable('version').set({ layout: 99 }).where('id', '=', later).execute()
    expect((await compare(later, 'current')).problem?.zh).toContain('另一版程序')
    expect(await restore(later)).toMatchObject({ status: 409, body: { error: { code: 'other_layout' } } })
    expect(await currentText()).toBe(before)

    await insert('filler', PHRASE, '新')
    const half = await keep('三')
    const states = await readVersionStates(db, (await findVersion(db, id, half))!)
    const garbled = { ...states, narrative: states.narrative.slice(0, 200) }
    const { seqs, score: stored } = (await findVersion(db, id, half))!
    const { id: broken } = await db.transaction().execute((trx) =>
      insertVersion(trx, {
        reportId: id,
        kind: 'named',
        name: '四',
        at: Date.now(),
        userId: server.userIds.filler,
        seqs: JSON.parse(seqs) as Record<Part, number>,
        states: garbled,
        score: stored,
        selfTotal: null,
      }),
    )
    expect((await compare(broken, 'current')).problem).not.toBeNull()
    expect(await restore(broken)).toMatchObject({ status: 409, body: { error: { code: 'version_damaged' } } })
  })
})

describe('restoring', () => {
  test('[V5] the whole report, as an edit of whoever restores; the state right before is kept, the deed is audited', async () => {
    const version = await keep('初稿')
    const before = await currentText()
    await insert('head', PHRASE, '（部门补充）')
    await score('filler', 'self', 100)
    await score('head', 'department', 100)
    const count = (await versions()).length
    const answer = await restore(version)
    expect(answer).toMatchObject({
      status: 200,
      body: {
        parts: [
          { part: 'narrative', outcome: 'restored', message: null },
          { part: 'self', outcome: 'restored' },
          { part: 'department', outcome: 'no-pen' },
          { part: 'finance', outcome: 'unchanged' },
        ],
      },
    })
    expect(answer.body.parts[2]?.message?.zh).toContain('主管部门负责人')
    expect(await currentText()).toBe(before)
    const after = await versions()
    expect(after).toHaveLength(count + 1)
    expect(after[0]).toMatchObject({ id: answer.body.beforeVersionId, kind: 'before-restore', by: '填报人' })
    const undo = await compare(after[0]!.id, 'current')
    expect(undo.text.filter(({ op, byId }) => op !== 'equal' && byId !== undefined)).toEqual([
      expect.objectContaining({ op: 'delete', text: '（部门补充）', by: '填报人' }),
    ])
    expect(written(undo)[0]).toMatchObject({ from: 1, to: 3, by: '填报人' })
    const audit = (await get<AuditList>(`/api/reports/${id}/audit`, 'finance')).body.entries
    expect(audit[0]).toMatchObject({ action: 'version-restored', by: '填报人', detail: { versionId: version } })
    expect(await restore(version)).toMatchObject({ body: { beforeVersionId: null } })
  })

  test('[V6] one section, one score with its words; nothing else moves', async () => {
    const version = await keep('初稿')
    await insert('filler', PHRASE, '甲')
    await score('filler', 'self', 100)
    await edit('filler', 'self', (doc) => textOf(doc, 'self', `${LEAF}.reason`)?.insert(0, '撤回'))
    await edit('filler', 'self', (doc) => textOf(doc, 'self', `${LEAF}.evidence`)?.insert(0, '保留'))
    const opened = (await get<OpenedVersion>(`/api/reports/${id}/versions/${version}`)).body
    const section = opened.text.find(({ text }) => text.includes(PHRASE))!.sectionId
    await restore(version, { indicatorId: LEAF, column: 'self' })
    const one = await compare(version, 'current')
    expect(one.scores).toEqual([])
    expect(one.fields).toMatchObject([{ kind: 'evidence', key: LEAF }])
    expect(side(one.text, 'delete')).toContain(`${PHRASE}甲`)
    await restore(version, { section })
    expect((await compare(version, 'current')).text.every(({ op }) => op === 'equal')).toBe(true)
    expect((await compare(version, 'current')).fields).toHaveLength(1)
    expect(await restore(version, { section: 's99' })).toMatchObject({
      status: 409,
      body: { error: { code: 'no_such_section' } },
    })
    for (const bad of ['everything', { section: 1 }, { section, indicatorId: LEAF }, { column: 'self' }])
      expect((await restore(version, bad)).status).toBe(400)
  })

  test('[V6] a section is restored by where it stood then, when others came before it', async () => {
    const version = await keep('初稿')
    await edit('filler', 'narrative', (doc) => {
      const body = narrativeRoot(doc)!
      body.insert(0, [(body.get(0) as Y.XmlElement).clone(), (body.get(2) as Y.XmlElement).clone()])
    })
    await insert('filler', PHRASE, '甲')
    const found = await compare(version, 'current')
    const changed = found.text.find(({ text, op }) => op === 'insert' && text === '甲')!
    expect(changed.sectionId).not.toBe(changed.fromSectionId)
    expect(found.text[0]).toMatchObject({ op: 'insert', fromSectionId: null })
    await restore(version, { section: changed.fromSectionId })
    const after = await compare(version, 'current')
    expect(side(after.text, 'delete')).not.toContain(`${PHRASE}甲`)
    expect(after.text[0]).toMatchObject({ op: 'insert' })
    const back = await compare('current', version)
    expect(back.text.find(({ text }) => text.includes(PHRASE))).toMatchObject({
      sectionId: changed.fromSectionId,
      fromSectionId: changed.sectionId,
    })
    expect(back.text[0]).toMatchObject({ op: 'delete' })
  })

  test('[V7] what others type while it happens survives', async () => {
    const version = await keep('初稿')
    await insert('filler', PHRASE, '要撤回的')
    // Clients that have not heard of the restore yet: one edit arrives with it, one afterwards.
    const updates: Uint8Array[] = []
    for (const text of ['【同时】', '【之后】']) {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, await server.hub.readPart({ reportId: id, part: 'narrative' }))
      doc.on('update', (update: Uint8Array) => updates.push(update))
      const found = paragraph(doc, PHRASE)
      found.insert(plain(found).indexOf(PHRASE) + 4, text)
    }
    const type = (update: Uint8Array) =>
      server.hub.applyAs({ reportId: id, part: 'narrative', userId: server.userIds.head, update })
    const [answer] = await Promise.all([restore(version), type(updates[0]!)])
    await type(updates[1]!)
    const text = await currentText()
    expect(text).toContain('【之后】')
    expect(text).not.toContain('要撤回的')
    const before = await get<OpenedVersion>(`/api/reports/${id}/versions/${answer.body.beforeVersionId}`)
    // What was stored before the restore is undone by it, and kept.
    expect(text + side(before.body.text, 'insert')).toContain('【同时】')
  })

  test('[V5] a restore that fails half way is in the trail with what it did, one that did nothing is not', async () => {
    const version = await keep('初稿')
    await insert('filler', PHRASE, '甲')
    await score('filler', 'self', 100)
    const deeds = async () =>
      (await get<AuditList>(`/api/reports/${id}/audit?action=version-restored`, 'finance')).body.entries
    const { applyAs } = server.hub
    try {
      server.hub.applyAs = () => Promise.reject(new Error('disk full'))
      expect((await restore(version)).status).toBe(500)
      expect(await deeds()).toEqual([])
      server.hub.applyAs = (edited) =>
        edited.part === 'self' ? Promise.reject(new Error('disk full')) : applyAs.call(server.hub, edited)
      expect((await restore(version)).status).toBe(500)
      expect(await deeds()).toMatchObject([{ detail: { versionId: version, parts: ['narrative'] } }])
    } finally {
      server.hub.applyAs = applyAs
    }
    expect((await restore(version)).body.parts).toMatchObject([
      { outcome: 'unchanged' },
      { outcome: 'restored' },
      {},
      {},
    ])
    expect((await deeds()).map(({ detail }) => detail['parts'])).toEqual([['self'], ['narrative']])
  })

  test('[V5] a restore that a stop left half done is finished and told once', async () => {
    const version = await keep('初稿')
    const before = await currentText()
    for (const isApplied of [false, true]) {
      await insert('filler', PHRASE, '甲')
      const part = 'narrative'
      const states = await readVersionStates(server.database.db, (await findVersion(server.database.db, id, version))!)
      const update = restoreNarrative(await server.hub.readPart({ reportId: id, part }), states[part], { kind: 'all' })!
      const userId = server.userIds.filler
      const at = Date.now()
      await insertRestoreIntent(server.database.db, {
        id: `intent-${isApplied}`,
        report_id: id,
        user_id: userId,
        at,
        detail: JSON.stringify({ versionId: version, scope: 'all' }),
        edits: JSON.stringify([{ part, update: Buffer.from(update).toString('base64') }]),
      })
      if (isApplied) await server.hub.applyAs({ reportId: id, part, userId, update })
      const documents = {
        hold: <T>(reportId: string, work: () => Promise<T>) => server.hub.hold(reportId, work),
        applyAs: (edited: Parameters<typeof server.hub.applyAs>[0]) => server.hub.applyAs(edited),
      } as never
      const onError = (error: unknown) => {
        throw error
      }
      const deps = { db: server.database.db, documents, onError }
      expect(await finishRestoring(deps, at - 1)).toBe(0)
      expect(await finishRestoring(deps, at)).toBe(1)
      expect(await finishRestoring(deps, at)).toBe(0)
      expect(await currentText()).toBe(before)
    }
    const path = `/api/reports/${id}/audit?action=version-restored`
    const { entries } = (await get<AuditList>(path, 'finance')).body
    const told = { by: '填报人', detail: { versionId: version, scope: 'all', parts: ['narrative'] } }
    expect(entries).toMatchObject([told, told])
  })

  test('[V8] without the pen nothing is restored, whatever is asked for', async () => {
    const version = await keep('初稿')
    await insert('filler', PHRASE, '甲')
    await score('filler', 'self', 100)
    const before = await currentText()
    expect((await restore(version, 'all', 'outsider')).status).toBe(404)
    expect((await restore(version, 'all', 'admin')).status).toBe(403)
    expect((await restore(version, { indicatorId: LEAF, column: 'self' }, 'head')).status).toBe(403)
    expect((await restore(version, { indicatorId: LEAF, column: 'finance' }, 'filler')).status).toBe(403)
    await inState('department_review')
    expect(await restore(version)).toMatchObject({ status: 403, body: { error: { code: 'no_pen' } } })
    const partly = await restore(version, 'all', 'head')
    expect(partly.body.parts).toMatchObject([
      { outcome: 'restored' },
      { outcome: 'no-pen' },
      {},
      { outcome: 'unchanged' },
    ])
    await inState('concluded')
    for (const who of ['filler', 'head', 'finance'] as const)
      expect((await restore(version, 'all', who)).status).toBe(403)
    expect(before).toContain(`${PHRASE}甲`)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, await server.hub.readPart({ reportId: id, part: 'self' }))
    expect(doc.getMap('self').get(scoreKey(LEAF))).toBe(100)
  })
})

describe('telling how it came to be', () => {
  test('[V9] an indicator: scores, reasons, text and moves in order', async () => {
    await score('filler', 'self', 200)
    await edit('filler', 'self', (doc) => textOf(doc, 'self', `${LEAF}.reason`)?.insert(0, '材料不全。'))
    await edit('head', 'department', (doc) => {
      setScore({ doc, origin: null, part: 'department', indicatorId: LEAF, score: 150 })
      textOf(doc, 'department', `${LEAF}.opinion`)?.insert(0, '同意扣分')
    })
    await score('filler', 'self', 250)
    await keep('改后')
    const { entries } = (await get<History>(`/api/reports/${id}/history?indicatorId=${LEAF}`)).body
    const scores = entries.filter(({ kind }) => kind === 'score')
    expect(scores).toMatchObject([
      { column: 'self', from: null, to: 3, by: '填报人' },
      { column: 'self', from: 3, to: 2, by: '填报人' },
      { column: 'department', from: null, to: 1.5, by: '主管部门负责人' },
      { column: 'self', from: 2, to: 2.5 },
    ])
    expect(entries.filter(({ kind }) => kind === 'field')).toMatchObject([{ field: 'reason' }, { field: 'opinion' }])
    expect(entries.at(-1)).toMatchObject({ kind: 'version', versionKind: 'named', name: '改后' })
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted())
  })

  test('[V9] a section: who changed which words', async () => {
    const [created] = await versions()
    const opened = (await get<OpenedVersion>(`/api/reports/${id}/versions/${created!.id}`)).body
    const section = opened.text.find(({ text }) => text.includes(PHRASE))!.sectionId
    await insert('filler', PHRASE, '甲')
    await insert('head', PHRASE, '乙')
    await insert('filler', '绩效目标覆盖全面', '（别处）')
    const { entries } = (await get<History>(`/api/reports/${id}/history?section=${section}`)).body
    const texts = entries.filter((entry) => entry.kind === 'text')
    expect(new Set(texts.map(({ by }) => by))).toEqual(new Set(['填报人', '主管部门负责人']))
    expect(JSON.stringify(texts)).not.toContain('别处')
    for (const query of ['', '?section=s77', '?indicatorId=gd.none'])
      expect((await get(`/api/reports/${id}/history${query}`)).status).toBe(400)
  })

  test('[V9] with comments, suggestions, return items and reasons, as far as the reader may see them', async () => {
    const path = (rest: string) => `/api/reports/${id}${rest}`
    const cell = { kind: 'cell', indicatorId: LEAF, column: 'self', aspect: 'score' }
    const doc = new Y.Doc()
    Y.applyUpdate(doc, await server.hub.readPart({ reportId: id, part: 'narrative' }))
    const words = '前期进行充分的调研'
    const type = paragraph(doc, words)
    const at = plain(type).indexOf(words)
    const anchor = anchorOf({ doc, start: { type, offset: at }, end: { type, offset: at + words.length } })
    const raised = (await post<Thread>(path('/threads'), { anchor: cell, text: '为何是3分？' }, 'head')).body
    await post(path(`/threads/${raised.id}/replies`), { text: '依据充分' })
    await server.request(path(`/threads/${raised.id}`), {
      method: 'PATCH',
      cookie: cookies.filler,
      body: { status: 'done' },
    })
    await post(path('/threads'), { anchor, text: '此句请核实', visibility: 'finance' }, 'finance')
    await post(path('/threads'), { anchor: { ...cell, indicatorId: 'gd.process' }, text: '别处' }, 'head')
    const proposal = { kind: 'score', indicatorId: LEAF, oldScore: 3, newScore: 2 }
    const made = (await post<Suggestion>(path('/suggestions'), { proposal, reason: '材料不足' }, 'head')).body
    await post(path(`/suggestions/${made.id}/accept`), {})
    const rewriting = { kind: 'text', anchor, oldText: words, newText: '按规定' }
    const other = (await post<Suggestion>(path('/suggestions'), { proposal: rewriting, reason: '精简' }, 'head')).body
    await post(path(`/suggestions/${other.id}/accept`), {})
    await inState('department_review')
    const item = { anchor: cell, problem: '佐证不足', demand: '补充' }
    await post(path('/transitions'), { action: 'return', reason: '见意见', items: [item] }, 'head')
    const [returned] = (await get<{ items: ReturnItem[] }>(path('/return-items'))).body.items
    for (const answer of ['一稿', '二稿'])
      await server.request(path(`/return-items/${returned?.id}`), {
        method: 'PATCH',
        cookie: cookies.filler,
        body: { answer },
      })

    const told = async (who: Who) => (await get<History>(path(`/history?indicatorId=${LEAF}`), who)).body.entries
    const entries = await told('filler')
    const line = (entry: History['entries'][number]) => {
      if (entry.kind === 'comment' || entry.kind === 'return-item')
        return `${entry.role} ${entry.kind} ${entry.event} ${entry.text}`.trim()
      if (entry.kind === 'suggestion') return `${entry.role} ${entry.change.kind} ${entry.event} ${entry.text}`.trim()
      return entry.kind === 'version' ? `${entry.versionKind} ${entry.reason}`.trim() : entry.kind
    }
    expect(entries.map(line).filter((text) => text !== 'score' && text !== 'text')).toEqual([
      'created',
      'head comment raised 为何是3分？',
      'filler comment replied 依据充分',
      'filler comment done',
      'head score made 材料不足',
      'filler score accepted',
      'head text made 精简',
      'filler text accepted',
      'head return-item raised 补充',
      'returned 见意见',
      'filler return-item answered',
      'filler return-item answered 二稿',
    ])
    expect(entries.map(line)).toContain('score')
    expect(entries.map(({ at: time }) => time)).toEqual(entries.map(({ at: time }) => time).toSorted())
    expect((await told('finance')).map(line)).toContain('finance comment raised 此句请核实')
    for (const who of ['filler', 'head'] as const) expect(JSON.stringify(await told(who))).not.toContain('核实')
  })

  test('[V10] the list says what each version changed and who did it', async () => {
    await insert('head', PHRASE, '三个字')
    await keep('一')
    await server.changeCounter.settled()
    const [named, created] = await versions()
    expect(named?.changes).toMatchObject({ inserted: 3, deleted: 0, scores: 0, people: [{ role: 'head' }] })
    expect(created?.changes).toMatchObject({ inserted: 0, people: [] })
  })

  test('[V10] a reason where there is no score is no change of a score', async () => {
    const scoredTogether = reasonKey('gd.output.efficiency.quantity')
    await edit('filler', 'self', (doc) => textOf(doc, 'self', scoredTogether)!.insert(0, '说明'))
    await keep('二')
    await server.changeCounter.settled()
    expect((await versions())[0]?.changes).toMatchObject({ scores: 0, people: [{ role: 'filler' }] })
  })
})

describe('what was submitted', () => {
  const detail = async () => (await get<ReportDetail>(`/api/reports/${id}`)).body
  const submit = async () => {
    await keep('送审')
    await server.database.db.updateTable('version').set({ kind: 'submitted' }).where('name', '=', '送审').execute()
  }

  test('[V11] a later difference is told, one that is taken back is none', async () => {
    expect((await detail()).differsFromSubmitted).toBeNull()
    await submit()
    expect((await detail()).differsFromSubmitted).toBe(false)
    await insert('head', PHRASE, '改动')
    await compare('current', 'current')
    expect((await detail()).differsFromSubmitted).toBe(true)
    await remove('head', '改动')
    await score('head', 'department', 100)
    await compare('current', 'current')
    expect((await detail()).differsFromSubmitted).toBe(false)
  })

  test('[V12] a hash leads to its version, for those who may see the report', async () => {
    await submit()
    const [version] = await versions()
    const hash = version?.contentSha256 ?? ''
    const found = (await get<VerifiedVersions>(`/api/versions/verify/${hash.toUpperCase()}`)).body
    expect(found.versions.map((one) => one.reportId)).toEqual([id, id])
    expect(found.versions[1]).toMatchObject({
      of: 'content',
      isIntact: true,
      isCurrent: true,
      version: { id: version?.id },
    })
    await insert('filler', PHRASE, '甲')
    await compare('current', 'current')
    const later = (await get<VerifiedVersions>(`/api/versions/verify/${hash}`)).body
    expect(later.versions[0]).toMatchObject({ isIntact: true, isCurrent: false })
    const bytes = (await findVersion(server.database.db, id, version!.id))!.sha256
    expect((await get<VerifiedVersions>(`/api/versions/verify/${bytes}`)).body.versions[0]?.of).toBe('documents')
    expect((await get(`/api/versions/verify/${hash}`, 'outsider')).status).toBe(404)
    for (const wrong of ['0'.repeat(64), 'abc', '%27--'])
      expect((await get(`/api/versions/verify/${wrong}`)).status).toBe(404)
    expect((await server.request(`/api/versions/verify/${hash}`)).status).toBe(401)
  })
})
