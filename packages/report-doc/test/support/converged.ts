import type { Section } from '@gongping/scoring'
import { $getRoot } from 'lexical'
import { expect } from 'vitest'
import * as Y from 'yjs'
import { $blockKeys } from '../../src/editor/index.ts'
import { LOOSE_SECTION, readNarrative } from '../../src/index.ts'
import { type Person, type Room, person } from './people.ts'

/** Everybody, the server, and somebody who opens the document only now, have the same text. */
export function expectConverged(room: Room): void {
  const [first, ...others] = room.people
  const newcomer = person('newcomer', Y.encodeStateAsUpdate(room.server))
  const shown = shownBy(newcomer)
  const narrative = readNarrative(newcomer.doc)
  const body = newcomer.doc.get('body', Y.XmlElement).toString()
  for (const one of [first!, ...others]) {
    expect(
      one.problems.map(({ error }) => error.stack),
      `${one.name} had no problem`,
    ).toEqual([])
    expect(one.doc.get('body', Y.XmlElement).toString(), `document of ${one.name}`).toBe(body)
    expect(readNarrative(one.doc), `narrative of ${one.name}`).toEqual(narrative)
    expect(shownBy(one), `editor of ${one.name}`).toEqual(shown)
  }
  expect(newcomer.problems, 'the document can be opened').toEqual([])
  expect(newcomer.outbox, 'opening a document writes nothing').toEqual([])
  expect(
    newcomer.editor.read(() => [...$blockKeys().keys()]),
    'ids in the editor',
  ).toEqual(narrative.sections.flatMap(idsIn))
  newcomer.collaboration.destroy()
}

const idsIn = ({ id, blocks, children }: Section): string[] => [
  ...(id === LOOSE_SECTION ? [] : [id]),
  ...blocks.map((block) => block.id),
  ...children.flatMap(idsIn),
]

function shownBy({ editor }: Person): unknown {
  return editor.read(() => ({ text: $getRoot().getTextContent(), state: editor.getEditorState().toJSON() }))
}
