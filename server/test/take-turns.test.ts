import { afterEach, expect, test } from 'vitest'
import { type TestServer, aReport, startTestServer } from './support/test-server.ts'
import { TURNS, type TurnLimits } from '../src/http/take-turns.ts'

let server: TestServer
afterEach(() => server.close())

const start = async (turns: Partial<TurnLimits>) => {
  server = await startTestServer({ turns: { ...TURNS, ...turns } })
  const cookies = { filler: await server.signIn('filler'), head: await server.signIn('head') }
  const path = `/api/reports/${await aReport(server, cookies.filler)}/versions/current/compare/current`
  return { cookies, path }
}

test('[H17] between two answers everybody else is heard, however many are asked for at once', async () => {
  const { cookies, path } = await start({})
  let isDone = false
  let turns = 0
  const count = () => {
    turns += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => server.request(path.replace(/\/versions.*/, ''), { cookie: cookies.filler })),
  )
  isDone = true
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200))
  expect(turns).toBeGreaterThanOrEqual(29)
})

test('[H17] who asks once has their turn after one of who asks often', async () => {
  const { cookies, path } = await start({})
  const order: string[] = []
  const ask = async (who: keyof typeof cookies) => {
    await server.request(path.replace(/\/versions.*/, ''), { cookie: cookies[who] })
    order.push(who)
  }
  await Promise.all([...Array.from({ length: 20 }, () => ask('filler')), ask('head')])
  expect(order.indexOf('head')).toBeLessThan(5)
})

test('[H17] more than so many waiting are refused in words', async () => {
  const { cookies } = await start({ atOnce: 5 })
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => server.request('/api/reports', { cookie: cookies.filler })),
  )
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(3)
  expect((await server.request('/api/reports', { cookie: cookies.filler })).status).toBe(200)
})

test('[H17] who has kept the server busy waits, others do not, and nobody is answered who has signed out meanwhile', async () => {
  const { cookies, path } = await start({ burstMs: 1, msPerSecond: 100 })
  expect((await server.request(path, { cookie: cookies.filler })).status).toBe(200)
  const began = performance.now()
  const late = server.request('/api/reports', { cookie: cookies.filler })
  expect((await server.request('/api/me', { cookie: cookies.head })).status).toBe(200)
  await server.request('/api/auth/sign-out', { method: 'POST', cookie: cookies.filler, body: {} })
  expect((await late).status).toBe(401)
  expect(performance.now() - began).toBeGreaterThan(20)
})

test('[H14] the description of the interface is made once', async () => {
  await start({})
  const first = await (await server.request('/api/openapi.json')).text()
  expect(await (await server.request('/api/openapi.json')).text()).toBe(first)
  expect(JSON.parse(first)).toMatchObject({ openapi: '3.1.0' })
})
