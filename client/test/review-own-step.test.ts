import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { applyAsOwn } from '../src/editor/own-step.ts'

/** A server's document and a member's copy of it, with what the server sends waiting. */
function aReport(text: string) {
  const server = new Y.Doc()
  server.getText('t').insert(0, text)
  const member = new Y.Doc()
  Y.applyUpdate(member, Y.encodeStateAsUpdate(server))
  const sent: Uint8Array[] = []
  server.on('update', (update: Uint8Array) => sent.push(update))
  const origin = {}
  const undo = new Y.UndoManager(member.getText('t'), { trackedOrigins: new Set([origin]) })
  const accept = (update: Uint8Array, held: readonly Uint8Array[]) =>
    applyAsOwn({
      doc: member,
      update,
      origin,
      endStep: () => undo.stopCapturing(),
      held: held.map((bytes) => () => Y.applyUpdate(member, bytes, 'socket')),
    })
  return { server, member, sent, undo, accept }
}

test('an edit the server made is one step of undo, though its copy comes over the socket too', () => {
  const { server, member, sent, undo, accept } = aReport('目标过于简单')
  server.getText('t').insert(2, '设置')
  accept(sent[0]!, sent)
  expect(member.getText('t').toJSON()).toBe('目标设置过于简单')
  undo.undo()
  expect(member.getText('t').toJSON()).toBe('目标过于简单')
  undo.redo()
  expect(member.getText('t').toJSON()).toBe('目标设置过于简单')
})

test('it waits for the edits of others it builds on, and they are not undone with it', () => {
  const { server, member, sent, undo, accept } = aReport('目标')
  server.getText('t').insert(2, '甲乙')
  server.getText('t').insert(3, '改')
  accept(sent[1]!, sent)
  expect(member.getText('t').toJSON()).toBe('目标甲改乙')
  expect(member.store.pendingStructs).toBe(null)
  undo.undo()
  expect(member.getText('t').toJSON()).toBe('目标甲乙')
})

test('without what it builds on it is kept until that comes, and nothing is lost', () => {
  const { server, member, sent, accept } = aReport('目标')
  server.getText('t').insert(2, '甲')
  server.getText('t').insert(3, '乙')
  accept(sent[1]!, [])
  expect(member.getText('t').toJSON()).toBe('目标')
  Y.applyUpdate(member, sent[0]!)
  expect(member.getText('t').toJSON()).toBe('目标甲乙')
})
