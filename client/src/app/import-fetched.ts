/**
 * What the build puts around every dynamic import: each file of the part, given without a leading slash, is fetched
 * into the browser's cache before the import asks for any of them. For many browsers a file that once failed to come
 * as a module has failed for as long as the page is open, however often it is imported; one that failed here has not.
 *
 * @throws TypeError without an answer, Error when the server answers without having a file.
 */
export function importFetched<T>(load: () => Promise<T>, files: readonly string[] = []): Promise<T> {
  return Promise.all(files.map(fetchOnce)).then(load)
}

const fetched = new Map<string, Promise<void>>()

function fetchOnce(file: string): Promise<void> {
  const known = fetched.get(file)
  if (known) return known
  const fetching = isOfThePage(file) ? Promise.resolve() : fetchWhole(`/${file}`)
  fetched.set(file, fetching)
  fetching.catch(() => fetched.delete(file))
  return fetching
}

/** The page itself began with it. */
const isOfThePage = (file: string): boolean =>
  document.querySelector(`script[src="/${file}"], link[href="/${file}"]`) !== null

async function fetchWhole(url: string): Promise<void> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} was answered ${response.status}`)
  await response.arrayBuffer()
}
