import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../support/cluster.ts'
import { type Typist, converge, delaysOf, typeFor } from '../support/typist.ts'
import { percentile } from './report.ts'

interface Suffering {
  readonly cluster: Cluster
  readonly typists: readonly Typist[]
  /** How long a fault lasts. */
  readonly seconds: number
  /** Of restarts and kills. */
  readonly rounds: number
  readonly seed: number
}

export interface Fault {
  run(suffering: Suffering): Promise<Outcome>
  readonly people?: number
  readonly fewestNodes?: number
  readonly isSeeded?: boolean
}

interface Outcome {
  /** What the promise is about, most of it in milliseconds. */
  readonly figures: Readonly<Record<string, number>>
  readonly ok: boolean
}

/** Longest way of an edit to another node while something is slow or away, milliseconds. */
const LONGEST_WAY_MS = 3000

/** What may break, each while everybody types. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  /** Edits and deletions anywhere while lines, Redis, the database and nodes come and go at random. */
  seeds: {
    isSeeded: true,
    people: 8,
    async run({ cluster, typists, seed }) {
      const random = randomOf(seed)
      const over = new AbortController()
      const typing = (async () => {
        while (!over.signal.aborted) {
          for (const typist of typists) typist.edit(random)
          await sleep(40)
        }
      })()
      for (let step = 0; step < 12; step += 1) await misfortune(cluster, typists, random)
      over.abort()
      await typing
      const healedMs = await converge(typists, 20_000)
      return { figures: { healedMs: Math.round(healedMs) }, ok: true }
    },
  },

  /** Redis is killed and gone for the time: half of it everybody types, then only the people of one node. */
  redis: {
    async run({ cluster, typists, seconds }) {
      await typeFor(typists, { ms: 2000, everyMs: 100 })
      await cluster.redis.kill()
      const after = performance.now()
      await typeFor(typists, { ms: seconds * 500, everyMs: 200 })
      const ofOne = typists.filter((_, index) => index % cluster.nodes.length === 0)
      await typeFor(ofOne, { ms: seconds * 500, everyMs: 200 })
      await converge(typists, 5000)
      const without = delaysOf(typists, after)
      const started = performance.now()
      await cluster.redis.start()
      while ((await metricOf(cluster, 'gongping_cluster_bus_up')).some((up) => up !== 1)) await sleep(20)
      const busBackMs = performance.now() - started
      const again = performance.now()
      await typeFor(typists, { ms: 3000, everyMs: 100 })
      await converge(typists, 5000)
      const withIt = delaysOf(typists, again)
      const figures = { ...delays('without', without), ...delays('with', withIt), busBackMs: Math.round(busBackMs) }
      return { figures, ok: percentile(without, 100) <= LONGEST_WAY_MS }
    },
  },

  /** Redis is killed and started again, every two seconds. */
  flap: {
    async run({ cluster, typists, seconds }) {
      const after = performance.now()
      const typing = typeFor(typists, { ms: seconds * 1000, everyMs: 200 })
      for (let round = 0; round < seconds / 4; round += 1) {
        await cluster.redis.kill()
        await sleep(2000)
        await cluster.redis.start()
        await sleep(2000)
      }
      await typing
      await converge(typists, 5000)
      const all = delaysOf(typists, after)
      return { figures: delays('', all), ok: percentile(all, 100) <= LONGEST_WAY_MS }
    },
  },

  /** Redis cuts subscribers off for being slow: what it may hold for each is less than what comes. */
  overrun: {
    async run({ cluster, typists, seconds }) {
      await cluster.redis.command('config set client-output-buffer-limit "pubsub 16384 0 0"')
      const before = await connectionsOf(cluster)
      const after = performance.now()
      const typing = typeFor(typists, { ms: seconds * 500, everyMs: 200 })
      for (let round = 0; round < seconds / 4; round += 1) {
        typists[round % typists.length]?.paste(20_000)
        await sleep(2000)
      }
      await typing
      await converge(typists, 5000)
      // Who is cut off comes back; asking is one more.
      const cutOff = (await connectionsOf(cluster)) - before - 1
      await cluster.redis.command('config set client-output-buffer-limit "pubsub 33554432 8388608 60"')
      const all = delaysOf(typists, after)
      return { figures: { ...delays('', all), cutOff }, ok: percentile(all, 100) <= LONGEST_WAY_MS && cutOff > 0 }
    },
  },

  /** Nodes do not hear each other: half of the time one hears nobody, then nobody hears anybody. */
  parted: {
    async run({ cluster, typists, seconds }) {
      const after = performance.now()
      cluster.nodes[0]?.toRedis.cut()
      await typeFor(typists, { ms: seconds * 500, everyMs: 200 })
      for (const { toRedis } of cluster.nodes) toRedis.cut()
      await typeFor(typists, { ms: seconds * 500, everyMs: 200 })
      for (const { toRedis } of cluster.nodes) toRedis.heal()
      const healedMs = await converge(typists, 10_000)
      const all = delaysOf(typists, after)
      const figures = { ...delays('', all), healedMs: Math.round(healedMs) }
      return { figures, ok: percentile(all, 100) <= LONGEST_WAY_MS }
    },
  },

  /** One node is cut off from the database: it stops confirming in 5 s and closes its lines in 10 s, with 1013. */
  cut: {
    async run({ cluster, typists, seconds }) {
      const node = cluster.nodes[0] as Cluster['nodes'][number]
      const here = typists.filter((_, index) => index % cluster.nodes.length === 0)
      const typing = typeFor(typists, { ms: seconds * 1000, everyMs: 200 })
      await sleep(1000)
      const start = performance.now()
      node.toDatabase.cut()
      node.isRunning = false
      while (here.some(({ closed }) => closed.length === 0) && performance.now() - start < 20_000) await sleep(20)
      const closedMs = Math.max(...here.map(({ closed }) => (closed[0]?.at ?? Infinity) - start))
      const confirmedMs = Math.max(
        0,
        ...here.flatMap(({ saved, closed }) =>
          [...saved.values()].filter((at) => at > start && at <= (closed[0]?.at ?? Infinity)).map((at) => at - start),
        ),
      )
      const has1013 = here.every(({ closed }) => closed[0]?.code === 1013)
      await typing
      const movedMs = await converge(typists, 10_000)
      const healed = performance.now()
      node.toDatabase.heal()
      while (!(await isReady(node.server.url))) await sleep(20)
      const readyMs = performance.now() - healed
      node.isRunning = true
      for (const typist of here) typist.drop()
      await typeFor(typists, { ms: 2000, everyMs: 100 })
      await converge(typists, 10_000)
      const figures = rounded({ closedMs, confirmedMs, movedMs, readyMs })
      return { figures, ok: closedMs <= 10_000 && has1013 && confirmedMs <= 5000 }
    },
  },

  /** No node reaches the database, for half of the time: people type on, and all is normal in 5 s afterwards. */
  nodatabase: {
    people: 50,
    async run({ cluster, typists, seconds }) {
      const stop = typeInTurn(typists, 1000)
      await sleep(2000)
      for (const { toDatabase } of cluster.nodes) toDatabase.cut()
      const start = performance.now()
      let queuedBytes = 0
      let slowestMs = 0
      while (performance.now() - start < seconds * 500) {
        const asked = performance.now()
        queuedBytes = Math.max(queuedBytes, ...(await metricOf(cluster, 'gongping_sync_queued_bytes')))
        slowestMs = Math.max(slowestMs, performance.now() - asked)
        await sleep(200)
      }
      const falsely = typists.flatMap(({ saved }) => [...saved.values()]).filter((at) => at > start + 5000).length
      for (const { toDatabase } of cluster.nodes) toDatabase.heal()
      stop()
      const healedMs = await converge(typists, 60_000)
      const figures = { ...rounded({ healedMs, queuedBytes, slowestMs }), falsely }
      return { figures, ok: healedMs <= 5000 && queuedBytes <= 8 * 2 ** 20 && falsely === 0 && slowestMs < 500 }
    },
  },

  /** Every word between nodes and the database takes 50 ms longer, in either direction. */
  slow: {
    async run({ cluster, typists, seconds }) {
      for (const { toDatabase } of cluster.nodes) toDatabase.delay(50)
      const after = performance.now()
      const over = new AbortController()
      const health: number[] = []
      const asking = (async () => {
        while (!over.signal.aborted) {
          for (const { server } of cluster.nodes) {
            const asked = performance.now()
            await (await fetch(`${server.url}/healthz`)).arrayBuffer()
            health.push(performance.now() - asked)
          }
          await sleep(500)
        }
      })()
      await typeFor(typists, { ms: seconds * 500, everyMs: 200 })
      over.abort()
      await asking
      const confirmed = typists.flatMap(({ saved, typedAt }) =>
        [...saved].map(([token, at]) => at - (typedAt.get(token) ?? 0)),
      )
      await converge(typists, 10_000)
      const all = delaysOf(typists, after)
      for (const { toDatabase } of cluster.nodes) toDatabase.delay(0)
      const closed = typists.reduce((sum, typist) => sum + typist.closed.length, 0)
      const figures = { ...delays('', all), savedP95Ms: Math.round(percentile(confirmed, 95)), closed }
      const healthMaxMs = Math.round(percentile(health, 100))
      return {
        figures: { ...figures, healthMaxMs },
        ok: closed === 0 && healthMaxMs < 500 && percentile(all, 100) <= LONGEST_WAY_MS,
      }
    },
  },

  /** kill -9 of one node after the other, each started again. */
  kill: {
    async run({ cluster, typists, rounds }) {
      const stop = typeInTurn(typists, 100)
      let kills = 0
      for (let round = 0; round < Math.ceil(rounds / 2); round += 1) {
        for (const node of cluster.nodes) {
          await sleep(1000)
          node.isRunning = false
          await node.server.kill()
          kills += 1
          await sleep(500)
          await node.server.restart({ samePort: true })
          node.isRunning = true
        }
      }
      stop()
      const healedMs = await converge(typists, 10_000)
      return { figures: { kills, ...gapsOf(typists), healedMs: Math.round(healedMs) }, ok: true }
    },
  },

  /** One node after the other is restarted under 100 editors, again and again. */
  rolling: {
    people: 100,
    fewestNodes: 3,
    async run({ cluster, typists, rounds }) {
      const stop = typeInTurn(typists, 1000)
      const began = performance.now()
      for (let round = 0; round < rounds; round += 1) {
        for (const node of cluster.nodes) {
          node.isRunning = false
          await node.server.restart({ samePort: true })
          node.isRunning = true
          await sleep(500)
        }
      }
      stop()
      const healedMs = await converge(typists, 10_000)
      const gaps = gapsOf(typists)
      const reconnectsPerSecond = mostInASecond(typists.flatMap(({ openedAt }) => openedAt.filter((at) => at > began)))
      const figures = { restarts: rounds * cluster.nodes.length, ...gaps, reconnectsPerSecond }
      return {
        figures: { ...figures, healedMs: Math.round(healedMs) },
        ok: gaps.gapP95Ms < 5000 && reconnectsPerSecond <= 200,
      }
    },
  },
}

/** One of them at random, until it is over. */
async function misfortune(cluster: Cluster, typists: readonly Typist[], random: () => number): Promise<void> {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const node = pick(cluster.nodes)
  const others = cluster.nodes.filter((one) => one !== node && one.isRunning)
  const dice = random()
  const lastsMs = 200 + random() * 800
  if (dice < 0.2) {
    node.toRedis.cut()
    await sleep(lastsMs)
    node.toRedis.heal()
  } else if (dice < 0.4) {
    node.toDatabase.cut()
    await sleep(lastsMs)
    node.toDatabase.heal()
  } else if (dice < 0.5) {
    await cluster.redis.kill()
    await sleep(lastsMs)
    await cluster.redis.start()
  } else if (dice < 0.6 && others.length > 0) {
    node.isRunning = false
    if (dice < 0.55) await node.server.kill()
    await node.server.restart({ samePort: true })
    node.isRunning = true
  } else if (dice < 0.85) {
    pick(typists).drop()
    await sleep(lastsMs / 2)
  } else {
    pick(typists).reload()
    await sleep(lastsMs / 2)
  }
}

/** Each in turn, so that all have typed once in the time. @returns stops */
function typeInTurn(typists: readonly Typist[], eachMs: number): () => void {
  let next = 0
  const timer = setInterval(() => typists[next++ % typists.length]?.type(), eachMs / typists.length)
  return () => clearInterval(timer)
}

/** Of each node that answers. */
async function metricOf(cluster: Cluster, name: string): Promise<number[]> {
  const running = cluster.nodes.filter(({ isRunning }) => isRunning)
  return Promise.all(
    running.map(async ({ server }) => {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
      if (value === undefined) throw new Error(`no metric ${name}`)
      return Number(value)
    }),
  )
}

/** Connections Redis has ever taken. */
async function connectionsOf({ redis }: Cluster): Promise<number> {
  return Number(/total_connections_received:(\d+)/.exec(await redis.command('info stats'))?.[1])
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.ok ?? false
}

function gapsOf(typists: readonly Typist[]) {
  const gaps = typists.flatMap((typist) => typist.gaps)
  return { gaps: gaps.length, ...rounded({ gapP95Ms: percentile(gaps, 95), gapMaxMs: percentile(gaps, 100) }) }
}

/** How long edits took to another screen. */
function delays(when: string, all: readonly number[]): Record<string, number> {
  const name = (figure: string) => (when === '' ? figure : `${when}${figure.charAt(0).toUpperCase()}${figure.slice(1)}`)
  return Object.fromEntries(
    ([50, 99, 100] as const).map((p) => [name(p === 100 ? 'maxMs' : `p${p}Ms`), Math.round(percentile(all, p))]),
  )
}

function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((one, other) => one - other)
  let first = 0
  let most = 0
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[first] as number) >= 1000) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

const rounded = <Name extends string>(figures: Record<Name, number>): Record<Name, number> =>
  Object.fromEntries(Object.entries<number>(figures).map(([name, value]) => [name, Math.round(value)])) as Record<
    Name,
    number
  >

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
