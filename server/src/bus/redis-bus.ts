import { createHmac, timingSafeEqual } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Bus } from '../sync/bus.ts'
import type { SyncLog } from '../sync/types.ts'

/** Hints on their way to Redis; above it they are dropped, and the log heals what is missed. */
const MAX_UNANSWERED = 2000
const MAC_BYTES = 16
/** Longest wait for Redis when the server stops, milliseconds. */
const LEAVE_MS = 500

/**
 * Hints over Redis 7 sharded pub/sub. Messages carry a keyed checksum: who can only write to Redis puts nothing on
 * anybody's screen.
 *
 * @param o.secret shared by all nodes
 */
export function openRedisBus(o: { url: string; secret: string; log: SyncLog }): Bus {
  const key = createHmac('sha256', o.secret).update('gongping.bus').digest()
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectTimeout: 2000,
    keepAlive: 5000,
    retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1000),
  }
  const writer = new Redis(o.url, options)
  const reader = new Redis(o.url, options)
  const channels = new Set<string>()
  let unanswered = 0
  let hasTold = false
  let onMessage: (channel: string, message: Uint8Array) => void = () => undefined
  let onUp: () => void = () => undefined

  for (const client of [writer, reader]) {
    client.on('error', (error: unknown) => {
      if (!hasTold) o.log.warn({ error: String(error) }, 'Redis is away; nodes follow the database meanwhile')
      hasTold = true
    })
    client.on('close', () => (unanswered = 0))
    client.connect().catch(() => undefined)
  }
  const announce = () => {
    if (!isUp()) return
    if (hasTold) o.log.warn({}, 'Redis is back')
    hasTold = false
    onUp()
  }
  writer.on('ready', announce)
  reader.on('ready', () => {
    // One by one: in a Redis cluster they may belong to different slots.
    const all = [...channels].map((channel) => reader.ssubscribe(channel))
    Promise.all(all).then(announce, (error: unknown) => {
      o.log.error({ error: String(error) }, 'Redis refuses subscriptions; version 7 or later is needed')
    })
  })
  reader.on('smessageBuffer', (channel: Buffer, message: Buffer) => {
    const name = channel.toString()
    const body = message.subarray(MAC_BYTES)
    if (message.length >= MAC_BYTES && timingSafeEqual(message.subarray(0, MAC_BYTES), macOf(name, body))) {
      onMessage(name, body)
    }
  })

  const isUp = () => writer.status === 'ready' && reader.status === 'ready'
  const macOf = (channel: string, body: Uint8Array) =>
    createHmac('sha256', key).update(channel).update('\0').update(body).digest().subarray(0, MAC_BYTES)

  return {
    publish(channel, message) {
      if (writer.status !== 'ready' || unanswered >= MAX_UNANSWERED) return
      unanswered += 1
      writer
        .spublish(channel, Buffer.concat([macOf(channel, message), message]))
        .catch(() => undefined)
        .finally(() => (unanswered = Math.max(0, unanswered - 1)))
    },
    subscribe(channel) {
      channels.add(channel)
      if (reader.status === 'ready') reader.ssubscribe(channel).catch(() => undefined)
    },
    unsubscribe(channel) {
      channels.delete(channel)
      if (reader.status === 'ready') reader.sunsubscribe(channel).catch(() => undefined)
    },
    listen(message, up) {
      onMessage = message
      onUp = up
    },
    isUp,
    async close() {
      // What was published last goes out first.
      const left = writer.status === 'ready' ? writer.quit().catch(() => undefined) : undefined
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())])
      writer.disconnect()
      reader.disconnect()
    },
  }
}
