import { createHash } from 'node:crypto'
import { PARTS, type Part } from '@gongping/permissions'
import { readNarrative, readReviewer, readSelf } from '@gongping/report-doc'
import type * as Y from 'yjs'

/**
 * SHA-256 of what a reader sees of each part: text, answers, facts. The same content has the same hash, however it came
 * about; typing something and taking it back leaves it as it was.
 */
export function contentHashes(docs: Readonly<Record<Part, Y.Doc>>): Record<Part, string> {
  return Object.fromEntries(PARTS.map((part) => [part, hashOf(contentOf(part, docs[part]))])) as Record<Part, string>
}

export function contentHash(part: Part, doc: Y.Doc): string {
  return hashOf(contentOf(part, doc))
}

function contentOf(part: Part, doc: Y.Doc): unknown {
  if (part === 'narrative') return readNarrative(doc)
  return part === 'self' ? readSelf(doc) : readReviewer(doc)
}

const hashOf = (content: unknown) => createHash('sha256').update(canonicalJson(content)).digest('hex')

/** Keys in order, maps as lists of pairs in order, so that equal content is equal text. */
function canonicalJson(value: unknown): string {
  if (value instanceof Map) {
    const pairs = [...value].map(([key, one]) => [String(key), one] as const)
    return canonicalJson(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`)
    .join(',')}}`
}
