import * as Y from 'yjs'
import { type TextAnchor, type TextSegment, createAnchorIndex } from './anchor.ts'

/** A proposed rewriting of a piece of one shared text. `oldText` is empty for an insertion, `newText` for a deletion. */
export interface TextProposal {
  readonly anchor: TextAnchor
  readonly oldText: string
  readonly newText: string
}

/**
 * Where a proposal would be applied: its old text stands there, letter by letter, in one shared text. Null when it has
 * been changed since, or when what is meant can't be told.
 */
export function findProposed(doc: Y.Doc, { anchor, oldText }: Omit<TextProposal, 'newText'>): TextSegment | null {
  if (anchor.quote !== oldText) return null
  const found = createAnchorIndex(doc).resolve(anchor)
  if (found.kind !== 'found' && found.kind !== 'moved') return null
  const [place] = found.range
  if (!place || found.range.length > 1) return null
  return textOf(place) === oldText ? place : null
}

/**
 * Puts the new text in the place of the old one, as one transaction that touches only the letters that differ, so that
 * formats, and what else points into the text, stay.
 *
 * @returns false, and nothing is changed, when the old text is not there any more
 */
export function applyProposal(edit: { doc: Y.Doc; proposal: TextProposal; origin: unknown }): boolean {
  const { doc, proposal, origin } = edit
  const place = findProposed(doc, proposal)
  if (!place) return false
  const { oldText, newText } = proposal
  const before = sharedStart(oldText, newText)
  const after = sharedEnd(oldText.slice(before), newText.slice(before))
  const at = place.from + before
  const inserted = newText.slice(before, newText.length - after)
  const removed = oldText.length - before - after
  doc.transact(() => {
    if (inserted !== '') {
      // The format of what is replaced; of the letter before where nothing is.
      place.text.insert(at, inserted, attributesAt(place.text, removed > 0 ? at : Math.max(0, at - 1)))
    }
    if (removed > 0) place.text.delete(at + inserted.length, removed)
  }, origin)
  return true
}

interface Run {
  readonly insert: unknown
  readonly attributes?: Record<string, unknown>
}

const runsOf = (text: Y.XmlText) => text.toDelta() as readonly Run[]
const lengthOf = ({ insert }: Run) => (typeof insert === 'string' ? insert.length : 1)

function textOf({ text, from, to }: TextSegment): string {
  return runsOf(text)
    .map(({ insert }) => (typeof insert === 'string' ? insert : '\0'))
    .join('')
    .slice(from, to)
}

function attributesAt(text: Y.XmlText, offset: number): Record<string, unknown> {
  let end = 0
  let last: Run | undefined
  for (const run of runsOf(text)) {
    last = run
    end += lengthOf(run)
    if (offset < end) break
  }
  return last?.attributes ?? {}
}

function sharedStart(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1
  // Never between the halves of a pair.
  return isLowHalf(one, length) || isLowHalf(other, length) ? length - 1 : length
}

function sharedEnd(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one.at(-1 - length) === other.at(-1 - length)) length += 1
  return isLowHalf(one, one.length - length) || isLowHalf(other, other.length - length) ? length - 1 : length
}

function isLowHalf(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return at > 0 && code >= 0xdc00 && code < 0xe000
}
