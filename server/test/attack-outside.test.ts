import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { backupSqlite } from '../src/db/backup.ts'
import { openStorage } from '../src/open-storage.ts'
import { type TestServer, aReport, startTestServer } from './support/test-server.ts'

/** What somebody without an account can get at: figures, files, formulas in what is taken away. */

const TOKEN = 'a-token-for-metrics'

async function overTheNetwork(server: TestServer, headers: Record<string, string>): Promise<number> {
  const http = createServer((request, response) => void getRequestListener(server.app.fetch)(request, response))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const { status, body } = await fetch(`http://127.0.0.1:${port}/metrics`, { headers })
  await body?.cancel()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  return status
}

test('[H14] metrics are for this machine, not for whom a proxy asks', async () => {
  const server = await startTestServer()
  expect(await overTheNetwork(server, {})).toBe(200)
  expect(await overTheNetwork(server, { 'x-forwarded-for': '203.0.113.9' })).toBe(404)
  expect(await overTheNetwork(server, { 'x-forwarded-for': '127.0.0.1' })).toBe(404)
  expect(await overTheNetwork(server, { forwarded: 'for=203.0.113.9' })).toBe(404)
  await server.close()
})

test('[H14] with a token they are for whoever has it, and nobody else', async () => {
  const server = await startTestServer({ metricsToken: TOKEN })
  const from = { 'x-forwarded-for': '203.0.113.9' }
  expect(await overTheNetwork(server, { ...from, authorization: `Bearer ${TOKEN}` })).toBe(200)
  for (const authorization of ['', TOKEN, 'Bearer', `Bearer ${TOKEN}x`, `bearer ${TOKEN}`]) {
    expect(await overTheNetwork(server, { authorization })).toBe(404)
  }
  expect(await overTheNetwork(server, {})).toBe(404)
  await server.close()
  expect(() => readConfig({ METRICS_TOKEN: 'short' })).toThrow(/METRICS_TOKEN/)
  expect(readConfig({ METRICS_TOKEN: TOKEN }).metricsToken).toBe(TOKEN)
})

test('[O1] database and backup are their owner’s only, also in a folder open to all', async () => {
  const top = mkdtempSync(join(tmpdir(), 'gongping-'))
  const dataDir = join(top, 'data')
  mkdirSync(dataDir)
  chmodSync(dataDir, 0o755)
  const file = join(dataDir, 'gongping.db')
  writeFileSync(file, '', { mode: 0o644 })
  const storage = await openStorage(readConfig({ DATA_DIR: dataDir }), 'http://127.0.0.1:3000')
  const backup = join(top, 'backup.db')
  backupSqlite(dataDir, backup)
  const modes = [file, `${file}-wal`, `${file}-shm`, join(dataDir, 'secret'), backup].map(
    (one) => statSync(one).mode & 0o077,
  )
  expect(modes).toEqual([0, 0, 0, 0, 0])
  await storage.close()
  rmSync(top, { recursive: true })
})

test('[U2] full-width signs and line ends begin no formula either', async () => {
  const server = await startTestServer()
  const cookie = await server.signIn('filler')
  const id = await aReport(server, cookie)
  const admin = await server.signIn('admin')
  for (const name of ['＝1+1', '＋1', '－1', '＠SUM(1)', '\n=1+1', '\t=1']) {
    await server.database.db
      .updateTable('user' as never)
      .set({ name } as never)
      .where('id' as never, '=', server.userIds.filler as never)
      .execute()
    const answer = await server.request(`/api/reports/${id}/audit/export?format=csv`, { cookie: admin })
    expect(await answer.text()).toContain(`"'${name}"`)
  }
  await server.close()
})
