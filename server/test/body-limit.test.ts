import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, type TestServer, aReport, startTestServer } from './support/test-server.ts'

let server: TestServer
let cookie: string
let reportId: string
const http = createServer()

beforeAll(async () => {
  server = await startTestServer()
  cookie = await server.signIn('filler')
  reportId = await aReport(server, cookie)
  const listener = getRequestListener(server.app.fetch, { overrideGlobalObjects: false })
  http.on('request', (incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  await server.close()
})

/** Over a real line, as the process serves it. Without `length` the body goes in chunks, or there is none. */
const post = (path: string, body: string | undefined, { length }: { length: boolean }) =>
  new Promise<number>((resolve, reject) => {
    const headers = {
      cookie,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(length && body !== undefined ? { 'content-length': Buffer.byteLength(body) } : {}),
    }
    const { port } = http.address() as AddressInfo
    const out = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    out.on('error', reject)
    if (body === undefined) {
      // As curl does it: neither a length nor chunks.
      out.useChunkedEncodingByDefault = false
      out.removeHeader('transfer-encoding')
      return out.end()
    }
    out.write(body.slice(0, 10))
    out.end(body.slice(10))
  })

test('[H8] a body in chunks is read up to the limit, one without a length is none', async () => {
  const versions = `/api/reports/${reportId}/versions`
  for (const length of [true, false]) {
    expect(await post(versions, JSON.stringify({ name: '分块提交' }), { length })).toBe(201)
    expect(await post(versions, JSON.stringify({ name: 'x'.repeat(70_000) }), { length })).toBe(413)
    expect(await post(versions, '{"name":', { length })).toBe(400)
  }
  expect(await post(`/api/reports/${reportId}/suggestions/none/accept`, undefined, { length: false })).toBe(404)
})

/** Bytes as they are; the line is left open afterwards. @returns the status line */
const raw = (path: string, rest: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect((http.address() as AddressInfo).port, '127.0.0.1', () =>
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\n` +
          `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${rest}`,
      ),
    )
    let answer = ''
    socket.on('data', (bytes) => (answer += bytes.toString()))
    socket.on('close', () => resolve(answer.slice(0, answer.indexOf('\r\n'))))
    socket.on('error', reject)
  })

test('[H8] a body in chunks that break is refused as the caller’s fault', async () => {
  for (const path of [`/api/reports/${reportId}/versions`, '/api/auth/sign-in/username']) {
    expect(await raw(path, 'b\r\n{"name":"x"}\r\n0\r\n\r\n')).toMatch(/ 400 /)
    expect(await raw(path, '5\r\n{"nam\r\nzz\r\n')).toMatch(/ 400 /)
    expect(await raw(path, 'zz\r\n')).toMatch(/ 400 /)
  }
})

test('[H8] signing in is possible with a body in chunks, and with not too much of it', async () => {
  const path = '/api/auth/sign-in/username'
  for (const length of [true, false]) {
    expect(await post(path, JSON.stringify({ username: 'head', password: PASSWORD }), { length })).toBe(200)
    expect(await post(path, JSON.stringify({ username: 'head', password: 'x'.repeat(9000) }), { length })).toBe(413)
  }
})
