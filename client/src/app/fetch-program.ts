/**
 * Fetches a part of the program that was left for later, `load` being a dynamic import; what can be shown without it is
 * painted first. A network that is away is waited for; a server that answers without having the part is asked a few
 * times, over some seconds.
 *
 * @throws what the last try threw
 */
export async function fetchProgram<T>(load: () => Promise<T>): Promise<T> {
  await painted()
  for (const pause of PAUSES_MS) {
    try {
      return await load()
    } catch {
      await pauseAndNetwork(pause)
      askForStylesAgain()
    }
  }
  return load()
}

const PAUSES_MS = [500, 1000, 2000]
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

/** Over as soon as the network comes back; without one it never is. */
function pauseAndNetwork(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(() => {
      if (navigator.onLine) done()
    }, ms)
    window.addEventListener('online', done)
  })
}

/** A module that failed is fetched anew by the next import, its style sheet is not. */
function askForStylesAgain(): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')) {
    if (link.sheet === null) link.replaceWith(link.cloneNode())
  }
}
