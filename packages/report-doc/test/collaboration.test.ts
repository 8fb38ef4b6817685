import { findTemplate } from '@gongping/scoring'
import { sampleReport } from '@gongping/scoring/sample'
import {
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $isElementNode,
  type ElementNode,
  type LexicalEditor,
  UNDO_COMMAND,
} from 'lexical'
import { describe, expect, test, vi } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import {
  $isSectionHeadingNode,
  type CollaborationProblem,
  UnknownNodeError,
  bindCollaboration,
  createHeadlessEditor,
} from '../src/editor/index.ts'
import { readNarrative } from '../src/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { expectConverged } from './support/converged.ts'
import { Room, person } from './support/people.ts'

const template = findTemplate('guangdong-2022')!
const SAMPLE = seedReport({ template, data: sampleReport() }).narrative

describe('opening', () => {
  test('[C4] opening the sample report writes nothing and shows all of it', () => {
    const room = new Room(['filler', 'head', 'finance'], SAMPLE)
    for (const one of room.people) {
      expect(one.outbox).toEqual([])
      expect(one.collaboration.isLoaded).toBe(true)
    }
    expectConverged(room)
    room.close()
  })

  test('[C3] over an empty document the editor waits, writes nothing, and loads when the content arrives', () => {
    const doc = new Y.Doc()
    const editor = createHeadlessEditor()
    const onLoad = vi.fn()
    const onProblem = vi.fn()
    const collaboration = bindCollaboration({ editor, doc, awareness: new Awareness(doc), onLoad, onProblem })
    type(editor, 'too early')
    expect(collaboration.isLoaded).toBe(false)
    expect(Y.encodeStateVector(doc)).toEqual(Y.encodeStateVector(new Y.Doc()))
    Y.applyUpdate(doc, SAMPLE, 'server')
    expect(collaboration.isLoaded).toBe(true)
    expect(onLoad).toHaveBeenCalledOnce()
    expect(onProblem).not.toHaveBeenCalled()
    expect(textOf(editor)).toContain('基本情况')
    expect(textOf(editor)).not.toContain('too early')
    collaboration.destroy()
    doc.destroy()
  })

  test('[C5] a document with an unknown node is refused and typing reaches no document', () => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, SAMPLE)
    doc.get('body', Y.XmlElement).insert(2, [new Y.XmlElement('hologram')])
    const { editor, collaboration, problems } = open(doc)
    expect(collaboration.isLoaded).toBe(false)
    expect(editor.isEditable()).toBe(false)
    expect(problems.map(({ kind }) => kind)).toEqual(['unknown-node'])
    expect(problems[0]?.error).toBeInstanceOf(UnknownNodeError)
    expect(problems[0]?.error).toMatchObject({ nodeType: 'hologram' })
    const before = Y.encodeStateAsUpdate(doc)
    type(editor, 'lost?')
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
    doc.get('body', Y.XmlElement).delete(2, 1)
    expect(collaboration.resync()).toBe(true)
    expect(textOf(editor)).toContain('基本情况')
    collaboration.destroy()
  })

  test('[C5] an unknown node that arrives later stops the editor too', () => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, SAMPLE)
    const { collaboration, problems } = open(doc)
    doc.get('body', Y.XmlElement).insert(2, [new Y.XmlElement('hologram')])
    expect(collaboration.isLoaded).toBe(false)
    expect(problems).toHaveLength(1)
    collaboration.destroy()
  })

  test.each([
    ['text outside of any block', () => new Y.XmlText('loose')],
    ['something nested without end', () => deep(500)],
  ])('[C5] %s is refused', (_name, make) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, SAMPLE)
    doc.get('body', Y.XmlElement).insert(0, [make()])
    const { collaboration, problems } = open(doc)
    expect(problems.map(({ kind }) => kind)).toEqual(['unreadable'])
    collaboration.destroy()
  })
})

describe('working', () => {
  test('[C6] after an error the editor writes nothing until it is loaded again', () => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, SAMPLE)
    const { editor, collaboration, problems } = open(doc)
    editor.update(
      () => {
        throw new Error('a bug in a toolbar')
      },
      { discrete: true },
    )
    expect(problems.map(({ kind }) => kind)).toEqual(['editor-error'])
    expect(editor.isEditable()).toBe(false)
    const before = Y.encodeStateAsUpdate(doc)
    type(editor, 'written on')
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
    expect(collaboration.resync()).toBe(true)
    editor.setEditable(true)
    type(editor, 'works again')
    expect(JSON.stringify(readNarrative(doc))).toContain('works again')
    expect(JSON.stringify(readNarrative(doc))).not.toContain('written on')
    collaboration.destroy()
  })

  test('[C7] undo takes back one’s own edits only', async () => {
    const room = new Room(['filler', 'head'], SAMPLE)
    const [filler, head] = room.people as [(typeof room.people)[0], (typeof room.people)[0]]
    type(filler.editor, 'FILLER')
    room.settle()
    type(head.editor, 'HEAD')
    room.settle()
    filler.editor.dispatchCommand(UNDO_COMMAND, undefined)
    await Promise.resolve()
    room.settle()
    expect(textOf(head.editor)).not.toContain('FILLER')
    expect(textOf(filler.editor)).toContain('HEAD')
    expectConverged(room)
    room.close()
  })

  test('[C8] an edit that is pending when something arrives reaches the document', () => {
    const room = new Room(['filler', 'head'], SAMPLE)
    const [filler, head] = room.people as [(typeof room.people)[0], (typeof room.people)[0]]
    type(head.editor, 'HEAD')
    room.send(head)
    filler.editor.update(() => $firstParagraph().append($createTextNode('FILLER')))
    room.receive(filler)
    room.settle()
    for (const { editor } of room.people) {
      expect(textOf(editor)).toContain('HEAD')
      expect(textOf(editor)).toContain('FILLER')
    }
    expectConverged(room)
    room.close()
  })

  test('[C10] what a read-only editor changes by itself is not written', async () => {
    const one = person('filler', SAMPLE)
    one.editor.setEditable(false)
    type(one.editor, 'slipped in')
    await Promise.resolve()
    expect(one.outbox).toEqual([])
    expect(textOf(one.editor)).not.toContain('slipped in')
    expect(one.collaboration.isLoaded).toBe(true)
    one.collaboration.destroy()
  })

  test('[C11] texts of two people at one empty place are one run, and receiving them writes nothing', () => {
    const seeded = new Y.Doc()
    Y.applyUpdate(seeded, SAMPLE)
    const paragraph = new Y.XmlElement('paragraph')
    seeded.get('body', Y.XmlElement).insert(1, [paragraph])
    paragraph.insert(0, [new Y.XmlText('one'), new Y.XmlText('two')])
    const room = new Room(['filler', 'head', 'finance'], Y.encodeStateAsUpdate(seeded))
    expect(room.people.map(({ outbox }) => outbox.length)).toEqual([0, 0, 0])
    const [filler] = room.people
    filler!.editor.update(() => $firstParagraph().append($createTextNode('three')), { discrete: true })
    room.settle()
    expectConverged(room)
    expect(readNarrative(room.server).sections[0]?.blocks[0]).toMatchObject({ text: 'onetwothree' })
    room.close()
  })

  test('[T1] changing the level of a heading keeps what others type in it', () => {
    const room = new Room(['filler', 'head'], SAMPLE)
    const [filler, head] = room.people as [(typeof room.people)[0], (typeof room.people)[0]]
    filler.editor.update(() => $firstHeading().setLevel(3).setIndicatorId('gd.output'), { discrete: true })
    head.editor.update(() => $firstHeading().append($createTextNode('（试行）')), { discrete: true })
    room.settle()
    expect(readNarrative(room.server).sections[0]).toMatchObject({
      level: 3,
      indicatorId: 'gd.output',
      title: { text: '基本情况（试行）' },
    })
    expectConverged(room)
    room.close()
  })

  test('[T6] CSS never travels through the document', () => {
    const room = new Room(['filler', 'head'], SAMPLE)
    const [filler, head] = room.people as [(typeof room.people)[0], (typeof room.people)[0]]
    const style = 'background: url(https://example.org/pixel)'
    filler.editor.update(() => $firstParagraph().append($createTextNode('styled').setStyle(style)), { discrete: true })
    expect(JSON.stringify(filler.outbox.map((update) => new TextDecoder().decode(update)))).not.toContain('url(')
    const text = head.doc
      .get('body', Y.XmlElement)
      .toArray()
      .find((node) => node instanceof Y.XmlElement && node.nodeName === 'paragraph')
    const run = (text as Y.XmlElement).get(0) as Y.XmlText
    run.format(0, 3, { p: { __style: style } })
    room.settle()
    for (const { editor } of room.people.slice(1)) expect(JSON.stringify(editor.getEditorState())).not.toContain('url(')
    room.close()
  })
})

function open(doc: Y.Doc) {
  const editor = createHeadlessEditor()
  const problems: CollaborationProblem[] = []
  const collaboration = bindCollaboration({
    editor,
    doc,
    awareness: new Awareness(doc),
    onProblem: (problem) => problems.push(problem),
  })
  return { editor, collaboration, problems }
}

const type = (editor: LexicalEditor, text: string) =>
  editor.update(() => $getRoot().append($createParagraphNode().append($createTextNode(text))), { discrete: true })

const textOf = (editor: LexicalEditor) => editor.read(() => $getRoot().getTextContent())

function $firstParagraph(): ElementNode {
  const node = $getRoot()
    .getChildren()
    .find((child) => child.getType() === 'paragraph')
  if (!$isElementNode(node)) throw new Error('no paragraph')
  return node
}

function $firstHeading() {
  const node = $getRoot().getChildren().find($isSectionHeadingNode)
  if (node === undefined) throw new Error('no heading')
  return node
}

function deep(levels: number): Y.XmlElement {
  let node = new Y.XmlElement('paragraph')
  for (let level = 0; level < levels; level++) {
    const outer = new Y.XmlElement('paragraph')
    outer.insert(0, [node])
    node = outer
  }
  return node
}
