import type { Browser, Page } from 'playwright-core'

/** The longest task of a page's main thread, milliseconds. */
export interface LongestTask {
  /** By the clock: so long the page answers nobody. Whatever else takes the processor meanwhile is in it. */
  readonly onClock: number
  /** What the page itself computes. */
  readonly computing: number
}

/** The longest tasks of a page while something is done in it. */
export async function longestTask(browser: Browser, page: Page, work: () => Promise<void>): Promise<LongestTask> {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] })
  let trace: Buffer
  try {
    await work()
  } finally {
    trace = await browser.stopTracing()
  }
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: readonly TraceEvent[] }
  const isMain = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && isMain.has(`${pid} ${tid}`),
  )
  if (tasks.length === 0) throw new Error('the trace holds no task of a page')
  const longest = (lengthOf: (task: TraceEvent) => number) => Math.max(...tasks.map(lengthOf)) / 1000
  return { onClock: longest(({ dur = 0 }) => dur), computing: longest(({ tdur = 0 }) => tdur) }
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds by the clock. */
  readonly dur?: number
  /** Microseconds of the thread at work. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}
