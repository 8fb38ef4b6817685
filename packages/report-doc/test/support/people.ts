import type { LexicalEditor } from 'lexical'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { disableFormatCleanup } from '../../src/index.ts'
import {
  type Collaboration,
  type CollaborationProblem,
  type RemoteGate,
  bindCollaboration,
  createCompositionGate,
  createHeadlessEditor,
  registerReportText,
} from '../../src/editor/index.ts'

/** Somebody with an editor of the text, and two channels to the server that are driven by hand. */
export interface Person {
  readonly name: string
  readonly doc: Y.Doc
  readonly editor: LexicalEditor
  readonly collaboration: Collaboration
  readonly gate: RemoteGate
  readonly problems: readonly CollaborationProblem[]
  readonly outbox: Uint8Array[]
  readonly inbox: Uint8Array[]
  isOnline: boolean
}

export function person(name: string, update: Uint8Array): Person {
  const doc = new Y.Doc({ guid: 'narrative' })
  // Which of two edits at one place comes first follows from the client ids, so a run is repeatable only with fixed ones.
  doc.clientID = CLIENT_IDS[name] ?? 1000
  disableFormatCleanup(doc)
  Y.applyUpdate(doc, update)
  const editor = createHeadlessEditor()
  registerReportText(editor)
  const problems: CollaborationProblem[] = []
  const awareness = new Awareness(doc)
  clearInterval(awareness._checkInterval as never)
  const collaboration = bindCollaboration({
    editor,
    doc,
    awareness,
    onProblem: (problem) => problems.push(problem),
  })
  const outbox: Uint8Array[] = []
  doc.on('update', (bytes: Uint8Array, origin: unknown) => {
    if (origin !== FROM_SERVER) outbox.push(bytes)
  })
  const gate = createCompositionGate(editor)
  return {
    name,
    doc,
    editor,
    collaboration,
    gate,
    problems,
    outbox,
    inbox: [],
    isOnline: true,
  }
}

const FROM_SERVER = 'server'
const CLIENT_IDS: Readonly<Record<string, number>> = { filler: 1001, head: 1002, finance: 1003 }

export class Room {
  readonly server = new Y.Doc({ guid: 'narrative' })
  readonly people: readonly Person[]

  constructor(names: readonly string[], update: Uint8Array) {
    disableFormatCleanup(this.server)
    Y.applyUpdate(this.server, update)
    this.people = names.map((name) => person(name, update))
  }

  /** The server takes the oldest update of somebody and queues it for the others. */
  send(from: Person): void {
    const update = from.outbox.shift()
    if (update === undefined) return
    Y.applyUpdate(this.server, update)
    for (const other of this.people) if (other !== from) other.inbox.push(update)
  }

  /** Somebody sees the oldest update that waits for them. */
  receive(to: Person): void {
    const update = to.inbox.shift()
    if (update !== undefined) to.gate.run(() => Y.applyUpdate(to.doc, update, FROM_SERVER))
  }

  /** Everybody is online until nothing waits any more. */
  settle(): void {
    for (const { editor } of this.people) editor.read(() => {})
    for (let round = 0; round < 1000; round++) {
      for (const from of this.people) while (from.outbox.length > 0) this.send(from)
      for (const to of this.people) while (to.inbox.length > 0) this.receive(to)
      if (this.people.every(({ inbox, outbox }) => inbox.length + outbox.length === 0)) return
    }
    throw new Error('editors keep answering each other without an end')
  }

  close(): void {
    for (const { collaboration, gate, doc } of this.people) {
      gate.destroy()
      collaboration.destroy()
      doc.destroy()
    }
    this.server.destroy()
  }
}
