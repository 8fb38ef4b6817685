type Bench = { run(args: readonly string[]): Promise<{ ok: boolean }> }

const BENCHES: Record<string, () => Promise<Bench>> = {
  cluster: () => import('./cluster.ts'),
  comments: () => import('./comments.ts'),
  crowd: () => import('./crowd.ts'),
  durability: () => import('./durability.ts'),
  'editor-budget': () => import('./editor-budget.ts'),
  fanout: () => import('./fanout.ts'),
  fuzz: () => import('./fuzz.ts'),
  growth: () => import('./growth.ts'),
  join: () => import('./join.ts'),
  memory: () => import('./memory.ts'),
  revoke: () => import('./revoke.ts'),
  scoring: () => import('./scoring.ts'),
  simulate: () => import('./simulate.ts'),
  versions: () => import('./versions.ts'),
}

/** `npm run bench -- NAME [--option value …]`: one JSON line per measurement on stdout, exit code 1 when a promise broke. */
async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const load = BENCHES[name]
  if (!load) {
    process.stderr.write(
      `Usage: npm run bench -- NAME [--option value]\nNAME is one of: ${Object.keys(BENCHES).join(', ')}\n`,
    )
    return 2
  }
  const { run } = await load()
  const { ok } = await run(args)
  return ok ? 0 : 1
}

// Whoever stops a program by Ctrl+C or a time limit wants its servers gone as well.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
// What a failed one has left open keeps nobody waiting.
process.exit(await main(process.argv.slice(2)))

export type { Bench }
