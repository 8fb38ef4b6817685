import { $createNarrativeNodes, createHeadlessEditor } from '@gongping/report-doc/editor'
import type { Narrative, Section } from '@gongping/scoring'
import { $createParagraphNode, $getNodeByKey, $getRoot } from 'lexical'
import { expect, test } from 'vitest'
import { $readTextPlaces } from '../src/editor/text-places.ts'

const line = (text: string) => ({ text, fields: [] })
const paragraph = (id: string) => ({ type: 'paragraph' as const, id, ...line(id) })
const aSection = (id: string, level: number, given: Partial<Section> = {}): Section => ({
  id,
  level,
  title: line(id),
  indicatorId: null,
  blocks: [],
  children: [],
  ...given,
})

function placesOf(narrative: Narrative) {
  const editor = createHeadlessEditor()
  editor.update(
    () => {
      $getRoot()
        .clear()
        .append(...$createNarrativeNodes(narrative))
    },
    { discrete: true },
  )
  return editor.read(() => {
    const places = $readTextPlaces()
    const texts = [...places.keys].map(([id, key]) => [id, $getNodeByKey(key)?.getTextContent()])
    return { ...places, texts: Object.fromEntries(texts) as Record<string, string> }
  })
}

test('sections and blocks have the ids of the plain narrative', () => {
  const narrative: Narrative = {
    sections: [
      aSection('s1', 1, {
        blocks: [paragraph('s1.p1'), paragraph('s1.p2')],
        children: [
          aSection('s1.1', 2, { blocks: [paragraph('s1.1.p1')], children: [aSection('s1.1.1', 4)] }),
          aSection('s1.2', 2),
        ],
      }),
      aSection('s2', 1, {
        blocks: [{ type: 'list', id: 's2.p1', ordered: true, items: [line('s2.p1')] }, paragraph('s2.p2')],
      }),
    ],
  }
  const { texts, headings } = placesOf(narrative)
  const ids = ['s1', 's1.p1', 's1.p2', 's1.1', 's1.1.p1', 's1.1.1', 's1.2', 's2', 's2.p1', 's2.p2']
  expect(texts).toEqual(Object.fromEntries(ids.map((id) => [id, id])))
  expect(headings.map(({ sectionId }) => sectionId)).toEqual(['s1', 's1.1', 's1.1.1', 's1.2', 's2'])
})

test('text above the first heading belongs to the section without a title', () => {
  const { texts, headings } = placesOf({
    sections: [aSection('s0', 1, { title: line(''), blocks: [paragraph('s0.p1')] }), aSection('s1', 1)],
  })
  expect(texts).toEqual({ s0: 's0.p1', 's0.p1': 's0.p1', s1: 's1' })
  expect(headings.map(({ sectionId }) => sectionId)).toEqual(['s1'])
})

test('blank lines above the first heading are no section', () => {
  const editor = createHeadlessEditor()
  editor.update(
    () => {
      $getRoot()
        .clear()
        .append($createParagraphNode(), ...$createNarrativeNodes({ sections: [aSection('s1', 1)] }))
    },
    { discrete: true },
  )
  expect([...editor.read(() => $readTextPlaces()).keys.keys()]).toEqual(['s1'])
})
