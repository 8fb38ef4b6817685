import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Cluster, openBacking, startCluster } from '../support/cluster.ts'
import { Typist, converge, delaysOf, judgeText, typeFor } from '../support/typist.ts'

interface Run {
  readonly cluster: Cluster
  readonly typists: readonly Typist[]
  readonly seconds: number
  readonly seed: number
}

interface Outcome {
  /** What the promise is about, milliseconds. */
  readonly measured: Readonly<Record<string, number>>
  readonly ok: boolean
}

/**
 * Two or three servers on real PostgreSQL and Redis while people type at all of them.
 *
 * @param args `--only seeds,redis,flap,parted,cut,kill,rolling`, `--seconds 60` (of each fault), `--seeds 5`,
 *   `--rounds 10` (rolling restarts), `--people 9`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: Object.keys(SCENARIOS).join(',') },
      seconds: { type: 'string', default: '60' },
      seeds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '10' },
      people: { type: 'string', default: '9' },
    },
  })
  const backing = await openBacking()
  let ok = true
  try {
    for (const name of values.only.split(',')) {
      const scenario = SCENARIOS[name]
      if (!scenario) throw new Error(`no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`)
      const times = name === 'seeds' ? Number(values.seeds) : 1
      for (let seed = 1; seed <= times; seed += 1) {
        const cluster = await startCluster(backing, 3)
        try {
          const typists = await joinAll(cluster, Number(values.people))
          const seconds = name === 'rolling' ? Number(values.rounds) : Number(values.seconds)
          const outcome = await scenario({ cluster, typists, seconds, seed })
          const judged = await judgeEverywhere(cluster, typists)
          const isOk = outcome.ok && judged.lost === 0 && judged.twice === 0 && judged.screens === 1
          print({ bench: 'cluster', scenario: name, seed, ...outcome.measured, ...judged, ok: isOk })
          ok &&= isOk
          for (const typist of typists) typist.leave()
        } finally {
          await cluster.stop()
        }
      }
    }
  } finally {
    await backing.stop()
  }
  return { ok }
}

const SCENARIOS: Readonly<Record<string, (run: Run) => Promise<Outcome>>> = {
  /** Everybody types while lines, Redis and nodes' lines to it come and go at random. */
  async seeds({ cluster, typists, seed }) {
    const random = randomOf(seed)
    const typing = typeFor(typists, { ms: 8000, everyMs: 40 })
    for (let step = 0; step < 8; step += 1) {
      const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)]
      const dice = random()
      if (dice < 0.4) node?.toRedis.cut()
      else if (dice < 0.6) node?.toDatabase.cut()
      await sleep(300 + random() * 600)
      node?.toRedis.heal()
      node?.toDatabase.heal()
    }
    await typing
    return { measured: { convergedMs: await converge(typists, 20_000) }, ok: true }
  },

  /** [T12] Edits reach other nodes in 3 s without Redis. */
  async redis({ cluster, typists, seconds }) {
    await typeFor(typists, { ms: 2000, everyMs: 100 })
    await cluster.redis.kill()
    const after = performance.now()
    await typeFor(typists, { ms: seconds * 1000, everyMs: 200 })
    await converge(typists, 5000)
    const without = delaysOf(typists, after)
    await cluster.redis.start()
    await sleep(2000)
    const again = performance.now()
    await typeFor(typists, { ms: 2000, everyMs: 100 })
    await converge(typists, 5000)
    const withIt = delaysOf(typists, again)
    const measured = {
      withoutP50Ms: quantile(without, 0.5),
      withoutP99Ms: quantile(without, 0.99),
      withoutMaxMs: quantile(without, 1),
      withP50Ms: quantile(withIt, 0.5),
      withP99Ms: quantile(withIt, 0.99),
    }
    return { measured, ok: measured.withoutMaxMs <= 3000 }
  },

  /** [T12] Redis comes and goes every two seconds. */
  async flap({ cluster, typists, seconds }) {
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
    const maxMs = quantile(delaysOf(typists, after), 1)
    return { measured: { maxMs }, ok: maxMs <= 3000 }
  },

  /** [T13] Nodes cannot hear each other: each is cut from Redis, none from the database. */
  async parted({ cluster, typists, seconds }) {
    const after = performance.now()
    for (const { toRedis } of cluster.nodes) toRedis.cut()
    await typeFor(typists, { ms: seconds * 1000, everyMs: 200 })
    const maxMs = quantile(delaysOf(typists, after), 1)
    for (const { toRedis } of cluster.nodes) toRedis.heal()
    const healedMs = await converge(typists, 10_000)
    return { measured: { maxMs, healedMs }, ok: maxMs <= 3000 }
  },

  /** [T13] One node is cut off from the database: it closes its lines in 10 s and confirms nothing. */
  async cut({ cluster, typists, seconds }) {
    const [node] = cluster.nodes
    const here = typists.filter((_, index) => index % cluster.nodes.length === 0)
    const start = performance.now()
    node?.toDatabase.cut()
    if (node) node.isRunning = false
    const typing = typeFor(typists, { ms: seconds * 1000, everyMs: 200 })
    while (here.some(({ closed }) => closed.length === 0) && performance.now() - start < 15_000) await sleep(20)
    const closedMs = Math.max(...here.map(({ closed }) => (closed[0]?.at ?? Infinity) - start))
    const has1013 = here.every(({ closed }) => closed[0]?.code === 1013)
    await typing
    const movedMs = await converge(typists, 10_000)
    node?.toDatabase.heal()
    if (node) node.isRunning = true
    await sleep(8000)
    await typeFor(typists, { ms: 1000, everyMs: 100 })
    await converge(typists, 10_000)
    return { measured: { closedMs: Math.round(closedMs), movedMs }, ok: closedMs <= 10_000 && has1013 }
  },

  /** kill -9 of one node while everybody types. */
  async kill({ cluster, typists }) {
    const typing = typeFor(typists, { ms: 4000, everyMs: 40 })
    await sleep(1500)
    const [, node] = cluster.nodes
    if (node) node.isRunning = false
    await node?.server.kill()
    await typing
    await converge(typists, 10_000)
    const gaps = typists.flatMap(({ gaps: own }) => own).toSorted((one, other) => one - other)
    return { measured: { gapMaxMs: quantile(gaps, 1) }, ok: true }
  },

  /** [T14] One node after the other is restarted, again and again. */
  async rolling({ cluster, typists, seconds: rounds }) {
    const timer = setInterval(() => {
      for (const typist of typists) typist.type()
    }, 50)
    for (let round = 0; round < rounds; round += 1) {
      for (const node of cluster.nodes) {
        node.isRunning = false
        await node.server.restart({ samePort: true })
        node.isRunning = true
        await sleep(500)
      }
    }
    clearInterval(timer)
    await converge(typists, 10_000)
    const gaps = typists.flatMap(({ gaps: own }) => own).toSorted((one, other) => one - other)
    const gapP95Ms = quantile(gaps, 0.95)
    return { measured: { restarts: rounds * 3, gaps: gaps.length, gapP95Ms }, ok: gapP95Ms < 5000 }
  },
}

/** Spread over the nodes; whose node is away takes the next one. */
async function joinAll(cluster: Cluster, people: number): Promise<Typist[]> {
  const cookies = [await cluster.signIn('filler'), await cluster.signIn('head'), await cluster.signIn('finance')]
  const { nodes } = cluster
  return Promise.all(
    Array.from({ length: people }, (_, index) => {
      const where = () => {
        const own = nodes[index % nodes.length]
        const up = own?.isRunning ? own : nodes.find(({ isRunning }) => isRunning)
        return (up ?? own)?.server.wsUrl ?? ''
      }
      // Roles and nodes in another rhythm, so that every role is at every node.
      const cookie = cookies[Math.floor(index / nodes.length) % cookies.length] ?? ''
      return new Typist({ name: `w${index}`, cookie, where }).join()
    }),
  )
}

/** Also what somebody new is shown at each node. */
async function judgeEverywhere(cluster: Cluster, typists: readonly Typist[]) {
  const cookie = await cluster.signIn('finance')
  const running = cluster.nodes.filter((node) => node.isRunning)
  const readers = await Promise.all(
    running.map(({ server }, index) =>
      new Typist({ name: `wfresh${index}`, cookie, where: () => server.wsUrl }).join(),
    ),
  )
  const screens = new Set([...typists, ...readers].map((typist) => typist.text()))
  const { known, lost, twice } = judgeText(typists[0]?.text() ?? '', typists)
  for (const reader of readers) reader.leave()
  const typed = typists.reduce((sum, typist) => sum + typist.typed, 0)
  return { typed, known, lost: lost.length, twice: twice.length, screens: screens.size }
}

/** Of an ascending list, rounded; NaN for an empty one. */
const quantile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`)
