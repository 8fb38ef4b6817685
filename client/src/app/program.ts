import { createLive, type Live } from '../sync/live.ts'

/** A part of the program that is left for later. */
export interface Program<T> {
  readonly state: Live<ProgramState<T>>
  /** Fetches it unless it is here or on its way; what waits for the network is asked for at once. */
  fetch(): void
  /** Fetches it, too. Resolves once it is here, however often that takes; never rejects. */
  get(): Promise<T>
}

export type ProgramState<T> =
  | { readonly kind: 'fetching'; readonly isSlow: boolean }
  /** Without a network; goes on by itself. */
  | { readonly kind: 'offline' }
  | { readonly kind: 'missing'; readonly why: 'unreachable' | 'replaced' }
  | { readonly kind: 'here'; readonly value: T }

export interface ProgramOptions {
  /** What can be shown without it is painted first. */
  readonly afterPainting: boolean
}

/**
 * `load` is a dynamic import. A network that is away is waited for; a server that answers without having the part is
 * asked a few times, over some seconds, before the part counts as missing.
 */
export function createProgram<T>(load: () => Promise<T>, { afterPainting }: ProgramOptions): Program<T> {
  const state = createLive<ProgramState<T>>({ kind: 'fetching', isSlow: false })
  let arrive: (value: T) => void
  const arrival = new Promise<T>((resolve) => (arrive = resolve))
  let wake: (() => void) | null = null
  let running = false

  const run = async () => {
    state.set({ kind: 'fetching', isSlow: false })
    const slow = setTimeout(() => {
      if (state.get().kind === 'fetching') state.set({ kind: 'fetching', isSlow: true })
    }, SLOW_AFTER_MS)
    if (afterPainting) await painted()
    for (let tries = 0; ;) {
      try {
        const value = await load()
        clearTimeout(slow)
        state.set({ kind: 'here', value })
        return arrive(value)
      } catch {
        const pause = PAUSES_MS[tries]
        if (!navigator.onLine) {
          missing.add(program.fetch)
          state.set({ kind: 'offline' })
        } else if (pause === undefined) break
        else tries++
        await new Promise<void>((resolve) => (wake = whenWorthTrying(pause ?? 0, resolve)))
      }
    }
    clearTimeout(slow)
    const why = (await isReplaced()) ? 'replaced' : 'unreachable'
    missing.add(program.fetch)
    state.set({ kind: 'missing', why })
    running = false
  }
  const program: Program<T> = {
    state,
    fetch() {
      if (state.get().kind === 'here') return
      missing.delete(program.fetch)
      // Pauses between tries are kept, however many places ask.
      if (running) return state.get().kind === 'offline' ? wake?.() : undefined
      running = true
      void run()
    },
    get() {
      program.fetch()
      return arrival
    },
  }
  return program
}

/** Asks again for every part that did not come, also for those whose place shows nothing. */
export function fetchMissing(): void {
  for (const fetch of missing) fetch()
}

const missing = new Set<() => void>()
const PAUSES_MS = [500, 1000, 2000]
/** What comes sooner needs no word that it is coming. */
const SLOW_AFTER_MS = 400
/** Nothing is painted in a tab behind others. */
const PAINTED_AFTER_MS = 100

function painted(): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, PAINTED_AFTER_MS)
    globalThis.requestAnimationFrame?.(() => {
      clearTimeout(late)
      setTimeout(resolve)
    })
  })
}

/** Calls back after so many milliseconds with a network, as soon as it returns, or when what is returned is called. */
function whenWorthTrying(ms: number, run: () => void): () => void {
  const done = () => {
    clearTimeout(timer)
    window.removeEventListener('online', done)
    run()
  }
  const timer = setTimeout(() => {
    if (navigator.onLine) done()
  }, ms)
  window.addEventListener('online', done)
  return done
}

/** Whether the server has another release than the one this page is of: its page begins with another script. */
async function isReplaced(): Promise<boolean> {
  const own = document.querySelector('script[type=module][src]')?.getAttribute('src')
  if (!own) return false
  try {
    const response = await fetch('/', { cache: 'no-store' })
    const page = await response.text()
    return response.ok && page.includes('id="root"') && !page.includes(`"${own}"`)
  } catch {
    return false
  }
}
