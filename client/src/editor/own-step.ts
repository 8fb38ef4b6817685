import * as Y from 'yjs'

export interface OwnStep {
  readonly doc: Y.Doc
  /** An edit the server made for this user. */
  readonly update: Uint8Array
  /** One the undo of this user follows. */
  readonly origin: unknown
  /** Ends the step for undo that is open. */
  readonly endStep: () => void
  /** Edits of others that arrived meanwhile, in order; the edit may build on some of them. */
  readonly held: readonly (() => void)[]
}

/** Applies an edit as one step of its own for undo, as soon as all it builds on is there. Everything held goes in too. */
export function applyAsOwn({ doc, update, origin, endStep, held }: OwnStep): void {
  let done = false
  const tryNow = () => {
    if (done || !buildsOn(doc, update)) return
    done = true
    endStep()
    Y.applyUpdate(doc, update, origin)
    endStep()
  }
  tryNow()
  for (const deliver of held) {
    deliver()
    tryNow()
  }
  // What it builds on has not come yet: Yjs keeps it until then.
  if (!done) Y.applyUpdate(doc, update)
}

/** Whether the document holds everything an update refers to. */
function buildsOn(doc: Y.Doc, update: Uint8Array): boolean {
  const { structs, ds } = Y.decodeUpdate(update)
  const known = Y.decodeStateVector(Y.encodeStateVector(doc))
  const has = (id: Y.ID | null) => id === null || id.clock < (known.get(id.client) ?? 0)
  for (const struct of structs) {
    const { client, clock } = struct.id
    if (clock > (known.get(client) ?? 0)) return false
    if (struct instanceof Y.Item) {
      const parent = struct.parent instanceof Y.ID ? struct.parent : null
      if (!has(struct.origin) || !has(struct.rightOrigin) || !has(parent)) return false
    }
    known.set(client, Math.max(known.get(client) ?? 0, clock + struct.length))
  }
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len } of ranges) if (clock + len > (known.get(client) ?? 0)) return false
  }
  return true
}
