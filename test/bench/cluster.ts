import { parseArgs } from 'node:util'
import { type Backing, type Cluster, openBacking, startCluster } from '../support/cluster.ts'
import { Typist, judgeText } from '../support/typist.ts'
import { FAULTS, type Fault } from './cluster-faults.ts'
import { printResult } from './report.ts'

/**
 * Two and three servers on real PostgreSQL and Redis while people type at all of them and something breaks.
 *
 * @param args `--only seeds,redis,…` of `FAULTS`, `--nodes 2,3`, `--seconds 60` (a fault lasts), `--seeds 10`,
 *   `--rounds 10` (of restarts)
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: Object.keys(FAULTS).join(',') },
      nodes: { type: 'string', default: '2,3' },
      seconds: { type: 'string', default: '60' },
      seeds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '10' },
    },
  })
  const [seconds, seeds, rounds] = [Number(values.seconds), Number(values.seeds), Number(values.rounds)]
  const backing = await openBacking()
  let ok = true
  try {
    for (const nodes of values.nodes.split(',').map(Number)) {
      for (const name of values.only.split(',')) {
        const fault = FAULTS[name]
        if (!fault) throw new Error(`no fault ${name}; there are ${Object.keys(FAULTS).join(', ')}`)
        if (nodes < (fault.fewestNodes ?? 2)) continue
        for (let seed = 1; seed <= (fault.isSeeded ? seeds : 1); seed += 1) {
          const figures = await suffer({ backing, nodes, fault, seconds, rounds, seed })
          printResult('cluster', { fault: name, nodes, ...(fault.isSeeded ? { seed } : {}), ...figures })
          ok &&= figures.ok
        }
      }
    }
  } finally {
    await backing.stop()
  }
  return { ok }
}

async function suffer(o: {
  backing: Backing
  nodes: number
  fault: Fault
  seconds: number
  rounds: number
  seed: number
}): Promise<Readonly<Record<string, unknown>> & { ok: boolean }> {
  const { fault, ...rest } = o
  const cluster = await startCluster(o.backing, o.nodes)
  try {
    const typists = await joinAll(cluster, fault.people ?? 9)
    const { figures, ok } = await fault.run({ ...rest, cluster, typists })
    const judged = await judge(cluster, typists)
    const isSound = judged.lost + judged.twice + judged.falselySaved === 0 && judged.screens === 1
    return { people: fault.people ?? 9, ...figures, ...judged, ok: ok && isSound }
  } catch (error) {
    return { error: String(error), ok: false }
  } finally {
    await cluster.stop()
  }
}

/** Spread over the nodes, every role at every node; whose node is away goes to one of the others. */
async function joinAll(cluster: Cluster, people: number): Promise<Typist[]> {
  const cookies = [await cluster.signIn('filler'), await cluster.signIn('head'), await cluster.signIn('finance')]
  const { nodes } = cluster
  return Promise.all(
    Array.from({ length: people }, (_, index) => {
      const where = () => {
        const own = nodes[index % nodes.length]
        const running = nodes.filter(({ isRunning }) => isRunning)
        const next = own?.isRunning ? own : running[Math.floor(index / nodes.length) % running.length]
        return (next ?? own)?.server.wsUrl ?? ''
      }
      const cookie = cookies[Math.floor(index / nodes.length) % cookies.length] ?? ''
      return new Typist({ name: `w${index}`, cookie, where }).join()
    }),
  )
}

/**
 * What everybody was told or shown, against every screen, what somebody new is shown at each node, and what a node
 * reads that has just been started.
 */
async function judge(cluster: Cluster, typists: readonly Typist[]) {
  const here = typists.filter(({ isOnline }) => isOnline)
  const screens = new Set(here.map((typist) => typist.text()))
  const cookie = await cluster.signIn('finance')
  for (const { server } of cluster.nodes) screens.add(await readNew(server.wsUrl, cookie))
  for (const typist of typists) typist.leave()
  const [first] = cluster.nodes
  await first?.server.restart({ samePort: true })
  const stored = await readNew(first?.server.wsUrl ?? '', cookie)
  screens.add(stored)

  const { known, lost, twice } = judgeText(stored, typists)
  const falselySaved = lost.filter((token) => typists.some(({ saved }) => saved.has(token)))
  const typed = typists.reduce((sum, typist) => sum + typist.typed, 0)
  return {
    typed,
    known,
    lost: lost.length,
    twice: twice.length,
    falselySaved: falselySaved.length,
    screens: screens.size,
  }
}

async function readNew(wsUrl: string, cookie: string): Promise<string> {
  const reader = await new Typist({ name: 'wreader', cookie, where: () => wsUrl }).join()
  const text = reader.text()
  reader.leave()
  return text
}
