import { once } from 'node:events'
import { type AddressInfo, type Socket, connect } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { readShortFrames } from '../src/sync/short-frames.ts'

const TEXT = 0x1
const BINARY = 0x2
const PING = 0x9

let server: WebSocketServer
let client: Socket
let heard: string[]
let quickly: number
let closedWith: number | undefined

beforeEach(async () => {
  heard = []
  quickly = 0
  closedWith = undefined
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, maxPayload: 4096 })
  await once(server, 'listening')
  server.on('connection', (line) => {
    readShortFrames(line, (payload) => {
      quickly += 1
      hear(payload)
    })
    line.on('message', (data, isBinary) => hear(data as Buffer, isBinary ? '' : 'text '))
    line.on('ping', (data) => hear(data, 'ping '))
    line.on('error', () => undefined)
    line.on('close', (code) => (closedWith = code))
  })
  client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, noDelay: true })
  client.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  await once(client, 'data')
})

afterEach(async () => {
  client.destroy()
  for (const line of server.clients) line.terminate()
  await new Promise((closed) => server.close(closed))
})

test('[Y51] frames come whole and in order, however the network cuts them and whatever lies between', async () => {
  const wanted: string[] = []
  const parts: Buffer[] = []
  const say = (text: string, as = '') => wanted.push(`${as}${text}`)
  for (let number = 0; number < 40; number += 1) {
    const text = `${number}`.padEnd(number * 7, '共评')
    parts.push(frame(BINARY, text))
    say(text)
    if (number % 5 === 1) {
      parts.push(frame(PING, `p${number}`))
      say(`p${number}`, 'ping ')
    }
    if (number % 7 === 2) {
      parts.push(frame(BINARY, 'first, ', { isLast: false }), frame(0, 'second'))
      say('first, second')
    }
    if (number % 11 === 3) {
      parts.push(frame(TEXT, 'words'))
      say('words', 'text ')
    }
  }
  const bytes = Buffer.concat(parts)
  // Whole, one by one, and in pieces of several sizes that rarely end where a frame does.
  client.write(bytes)
  await vi.waitFor(() => expect(heard).toEqual(wanted))
  expect(quickly).toBeGreaterThan(0)
  for (const step of [1, 3, 16, 61, 333]) {
    heard = []
    for (let at = 0; at < bytes.length; at += step) {
      client.write(bytes.subarray(at, at + step))
      if (at % 977 < step) await new Promise((resolve) => setImmediate(resolve))
    }
    await vi.waitFor(() => expect(heard).toEqual(wanted))
  }
  quickly = 0
  client.write(frame(BINARY, 'typed'))
  await vi.waitFor(() => expect(heard.at(-1)).toBe('typed'))
  expect(quickly).toBe(1)
})

test('[Y51] wrong frames behind good ones are refused as by ws, and nothing after them is heard', async () => {
  const unmasked = Buffer.concat([Uint8Array.of(0x82, 3), Buffer.from('bad')])
  const answer = once(client, 'data')
  client.write(Buffer.concat([frame(BINARY, 'good'), unmasked, frame(BINARY, 'late')]))
  const [bytes] = (await answer) as [Buffer]
  expect([bytes[0], bytes.readUInt16BE(2)]).toEqual([0x88, 1002])
  client.write(frame(BINARY, 'later'))
  client.end()
  await vi.waitFor(() => expect(closedWith).toBeDefined())
  expect(heard).toEqual(['good'])
})

test('[Y51] the end of the network ends the line', async () => {
  client.end(frame(BINARY, 'last words'))
  await vi.waitFor(() => expect({ heard, closedWith }).toEqual({ heard: ['last words'], closedWith: 1006 }))
})

function hear(bytes: Uint8Array, as = ''): void {
  heard.push(`${as}${Buffer.from(bytes).toString()}`)
}

function frame(opcode: number, text: string, { isLast = true } = {}): Buffer {
  const payload = Buffer.from(text)
  const mask = Buffer.from([7, 200, 31, 99])
  const first = (isLast ? 0x80 : 0) | opcode
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >>> 8, payload.length & 0xff]
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] as number))
  return Buffer.concat([Uint8Array.of(first, 0x80 | (length[0] as number), ...length.slice(1)), mask, masked])
}
