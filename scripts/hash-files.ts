import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const NOT_OURS = new Set(['node_modules', 'dist'])

/**
 * Of names and contents of the files that match, and of the Node that reads them: the same when nothing has changed.
 *
 * @param patterns from the root of the repository; installed packages and builds are left out
 */
export function hashFiles(patterns: readonly string[]): string {
  const hash = createHash('sha256').update(process.version)
  const files = globSync(patterns, { cwd: root, withFileTypes: true, exclude: ({ name }) => NOT_OURS.has(name) })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
  for (const file of files.toSorted()) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}
