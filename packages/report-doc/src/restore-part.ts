import * as Y from 'yjs'
import { likenessOf } from './compare-text.ts'
import { alignText, matchIdentities } from './diff/index.ts'
import { disableFormatCleanup } from './format-cleanup.ts'
import { type ColumnPart, ROOTS, answerRoot, bandKey, measureKey, opinionKey, reasonKey, scoreKey } from './layout.ts'
import { narrativeRoot } from './read-narrative.ts'
import { type PlacedSection, headingIndicator, keyOf, listSections, textChars } from './text-lines.ts'

/** What is to be as it was. */
export type RestoreScope =
  | { readonly kind: 'all' }
  /** Id of a section of the version, by position: `s4.1`. With everything below it. */
  | { readonly kind: 'section'; readonly sectionId: string }
  /** With the words that go with it: reason and measure, or opinion. */
  | { readonly kind: 'score'; readonly indicatorId: string }

/** The section that is to be restored is not in the version. */
export class NoSuchSectionError extends Error {
  override readonly name = 'NoSuchSectionError'
}

/**
 * The edit that makes the text as it was, as a Yjs update on top of `current`; null when there is nothing to do. What is
 * equal stays untouched, within paragraphs too, so positions in it and what others type meanwhile survive.
 *
 * @throws NoSuchSectionError
 */
export function restoreNarrative(current: Uint8Array, version: Uint8Array, scope: RestoreScope): Uint8Array | null {
  return edit(current, version, (now, then) => {
    const body = narrativeRoot(now)
    const wanted = narrativeRoot(then)
    if (body === null || wanted === null || scope.kind === 'score') return
    if (scope.kind === 'all') return restoreChildren(body, [0, body.length], sharedOf(wanted.toArray()))
    const section = listSections(wanted).find(({ id }) => id === scope.sectionId)
    if (!section) throw new NoSuchSectionError(`no section ${scope.sectionId}`)
    const nodes = sharedOf(wanted.toArray())
    restoreChildren(body, placeOf(body, section, nodes), nodes.slice(section.from, section.to))
  })
}

/** The same for a column of the score table with its texts, and for cover and facts. */
export function restoreColumn(
  current: Uint8Array,
  version: Uint8Array,
  { part, scope }: { part: ColumnPart; scope: RestoreScope },
): Uint8Array | null {
  return edit(current, version, (now, then) => {
    const roots = part === 'self' ? [ROOTS.cover, ROOTS.facts, ROOTS.self] : [ROOTS.scores]
    if (scope.kind === 'section') return
    if (scope.kind === 'score') {
      const { indicatorId: id } = scope
      const texts = part === 'self' ? [reasonKey(id), measureKey(id)] : [opinionKey(id)]
      const keys = [scoreKey(id), bandKey(id), ...texts]
      const root = answerRoot(part)
      for (const key of keys) restoreKey(now.getMap(root), then.getMap(root), key)
      return
    }
    for (const root of roots) {
      const map = now.getMap(root)
      const wanted = then.getMap(root)
      for (const key of new Set([...map.keys(), ...wanted.keys()])) restoreKey(map, wanted, key)
    }
  })
}

function edit(current: Uint8Array, version: Uint8Array, change: (now: Y.Doc, then: Y.Doc) => void): Uint8Array | null {
  const now = new Y.Doc()
  const then = new Y.Doc()
  disableFormatCleanup(now)
  try {
    Y.applyUpdate(now, current)
    Y.applyUpdate(then, version)
    const updates: Uint8Array[] = []
    now.on('update', (update: Uint8Array) => updates.push(update))
    now.transact(() => change(now, then))
    return updates.length === 0 ? null : Y.mergeUpdates(updates)
  } finally {
    now.destroy()
    then.destroy()
  }
}

type Shared = Y.XmlElement | Y.XmlText

const sharedOf = (nodes: readonly unknown[]): readonly Shared[] =>
  nodes.filter((node) => node instanceof Y.XmlElement || node instanceof Y.XmlText)

/** Makes the children of `parent` in [from, to) what `wanted` is. */
function restoreChildren(parent: Y.XmlElement, [from, to]: readonly [number, number], wanted: readonly Shared[]): void {
  const children = parent.toArray() as unknown[]
  const present = children.slice(from, to)
  if (present.some((node) => !(node instanceof Y.XmlElement || node instanceof Y.XmlText))) {
    // Something only a forger writes: it goes as a whole.
    if (to > from) parent.delete(from, to - from)
    parent.insert(from, wanted.map((node) => node.clone()) as Y.XmlElement[])
    return
  }
  const now = present as readonly Shared[]
  const pairs = pairNodes(now, wanted)
  // From the end, so that earlier positions stay right.
  let a = now.length
  let b = wanted.length
  for (const [i, j] of [...pairs.toReversed(), [-1, -1] as const]) {
    const removed = a - i - 1
    const added = wanted.slice(j + 1, b)
    if (added.length > 0) parent.insert(from + a, added.map((node) => node.clone()) as Y.XmlElement[])
    if (removed > 0) parent.delete(from + i + 1, removed)
    if (i >= 0 && j >= 0) restoreNode(now[i]!, wanted[j]!)
    a = i
    b = j
  }
}

function restoreNode(now: Shared, then: Shared): void {
  if (now instanceof Y.XmlText) {
    if (then instanceof Y.XmlText) restoreText(now, then)
    return
  }
  if (!(then instanceof Y.XmlElement)) return
  const wanted = then.getAttributes() as Record<string, unknown>
  const present = now.getAttributes() as Record<string, unknown>
  for (const key of Object.keys(present)) if (!(key in wanted)) now.removeAttribute(key)
  for (const [key, value] of Object.entries(wanted)) {
    if (!isEqual(present[key], value)) now.setAttribute(key, value as string)
  }
  restoreChildren(now, [0, now.length], sharedOf(then.toArray()))
}

/** Pairs by identity first; between those, nodes of one kind that are alike. */
function pairNodes(now: readonly Shared[], then: readonly Shared[]): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = []
  let a = 0
  let b = 0
  const gap = (aTo: number, bTo: number) => {
    for (; a < aTo && b < bTo;) {
      const partner = then.slice(b, bTo).findIndex((node) => isAlike(now[a]!, node))
      if (partner >= 0) {
        pairs.push([a, b + partner])
        b += partner + 1
      }
      a++
    }
    a = aTo
    b = bTo
  }
  for (const match of matchIdentities(now.map(keyOf), then.map(keyOf))) {
    gap(match.a, match.b)
    for (let at = 0; at < match.length; at++) {
      if (isSameKind(now[match.a + at]!, then[match.b + at]!)) pairs.push([match.a + at, match.b + at])
    }
    a = match.a + match.length
    b = match.b + match.length
  }
  gap(now.length, then.length)
  return pairs
}

const isSameKind = (one: Shared, other: Shared) =>
  one instanceof Y.XmlText
    ? other instanceof Y.XmlText
    : other instanceof Y.XmlElement && one.nodeName === other.nodeName

const isAlike = (one: Shared, other: Shared) =>
  isSameKind(one, other) && (one instanceof Y.XmlText || likenessOf(plain(one), plain(other)) > 0.6)

const plain = (node: Shared): string =>
  node instanceof Y.XmlText ? Y.Text.prototype.toString.call(node) : sharedOf(node.toArray()).map(plain).join('')

interface Piece {
  readonly insert?: unknown
  readonly attributes?: Readonly<Record<string, unknown>>
}

/** Word by word, with formats. What is not text in it only a forger writes; then the text is written anew. */
function restoreText(now: Y.Text, then: Y.Text): void {
  const present = now.toDelta() as readonly Piece[]
  const wanted = then.toDelta() as readonly Piece[]
  if (isEqual(present, wanted)) return
  const isPlain = (pieces: readonly Piece[]) => pieces.every(({ insert }) => typeof insert === 'string')
  if (!isPlain(present) || !isPlain(wanted)) {
    now.delete(0, now.length)
    now.applyDelta(wanted as never, { sanitize: false })
    return
  }
  const formatNow = formats(present)
  const formatThen = formats(wanted)
  const text = Y.Text.prototype.toString.call(then)
  const delta: object[] = []
  for (const step of alignText(textChars(now), textChars(then))) {
    if (step.op === 'delete') delta.push({ delete: step.aTo - step.aFrom })
    else if (step.op === 'insert') {
      for (const [from, to, attributes] of runsOf(formatThen, step.bFrom, step.bTo))
        delta.push({ insert: text.slice(from, to), ...(attributes ? { attributes } : {}) })
    } else {
      for (const [from, to, attributes] of runsOf(formatThen, step.bFrom, step.bTo)) {
        for (const [, , old, length] of runsOf(formatNow, step.aFrom + from - step.bFrom, step.aFrom + to - step.bFrom))
          delta.push({ retain: length, ...changeOf(old, attributes) })
      }
    }
  }
  now.applyDelta(delta as never, { sanitize: false })
}

type Format = Readonly<Record<string, unknown>> | undefined

/** Formats by position: each with where it ends. */
function formats(pieces: readonly Piece[]): readonly { readonly to: number; readonly attributes: Format }[] {
  let to = 0
  return pieces.map(({ insert, attributes }) => ({ to: (to += String(insert).length), attributes }))
}

function runsOf(all: ReturnType<typeof formats>, from: number, to: number): [number, number, Format, number][] {
  const runs: [number, number, Format, number][] = []
  let at = from
  for (const { to: end, attributes } of all) {
    if (end <= at || at >= to) continue
    const until = Math.min(end, to)
    runs.push([at, until, attributes, until - at])
    at = until
  }
  return runs
}

function changeOf(old: Format, wanted: Format): { attributes?: Record<string, unknown> } {
  const attributes: Record<string, unknown> = {}
  for (const key of Object.keys(old ?? {})) if (!(key in (wanted ?? {}))) attributes[key] = null
  for (const [key, value] of Object.entries(wanted ?? {})) if (!isEqual(old?.[key], value)) attributes[key] = value
  return Object.keys(attributes).length > 0 ? { attributes } : {}
}

function restoreKey(map: Y.Map<unknown>, wanted: Y.Map<unknown>, key: string): void {
  const now = map.get(key)
  const then = wanted.get(key)
  if (then instanceof Y.Text) {
    if (now instanceof Y.Text) restoreText(now, then)
    else map.set(key, then.clone())
    return
  }
  // A shared text that did not exist then is emptied, never taken away: somebody may be writing in it.
  if (now instanceof Y.Text) {
    if (now.length > 0) now.delete(0, now.length)
    return
  }
  if (isEqual(now, then) || now instanceof Y.AbstractType || then instanceof Y.AbstractType) return
  if (then === undefined) map.delete(key)
  else map.set(key, then)
}

/** Where the section stands now; where it would stand when it is gone. */
function placeOf(body: Y.XmlElement, section: PlacedSection, wanted: readonly Shared[]): readonly [number, number] {
  const present = listSections(body)
  const indicatorId = headingIndicator(section.heading)
  const same =
    present.find(({ heading }) => keyOf(heading) === keyOf(section.heading)) ??
    present.find(({ heading }) => indicatorId !== null && headingIndicator(heading) === indicatorId) ??
    present.find(({ heading, level }) => level === section.level && plain(heading) === plain(section.heading))
  if (same) return [same.from, same.to]
  const keys = (body.toArray() as unknown[]).map(keyOf)
  for (let at = section.from - 1; at >= 0; at--) {
    const found = keys.indexOf(keyOf(wanted[at]))
    if (found >= 0) return [found + 1, found + 1]
  }
  return section.from === 0 ? [0, 0] : [body.length, body.length]
}

const isEqual = (one: unknown, other: unknown) => one === other || JSON.stringify(one) === JSON.stringify(other)
