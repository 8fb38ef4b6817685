import * as Y from 'yjs'

/** A generated document, the same each time. */
export interface GeneratedDocument {
  /** In the order they were made; together the document. */
  readonly updates: readonly Uint8Array[]
  readonly state: Uint8Array
  readonly edits: number
  /** Of the Y.XmlText in the root `body`. */
  readonly text: string
}

const CLIENT_ID = 0xa000_0000
/** Keeps each update far below the largest frame a server takes. */
const EDITS_PER_UPDATE = 200

/**
 * A text as one person writes it: a run of characters at the cursor, a run taken back, now and then the cursor goes
 * elsewhere. With 260,000 edits it is about what a real paper of 100,000 characters leaves behind.
 */
export function writtenPaper(edits: number): GeneratedDocument {
  return write(edits, { run: 50, deletePercent: 29, jumpPercent: 75, letters: 'etaoin shrdlu' })
}

/** A report's text of about 60 KB in Chinese. */
export function writtenReport(): GeneratedDocument {
  return write(26_000, { run: 20, deletePercent: 11, jumpPercent: 75, letters: '项目绩效自评报告资金使用情况完成' })
}

/** @param o.run longest run, edits; o.deletePercent, o.jumpPercent of the runs */
function write(
  edits: number,
  o: { run: number; deletePercent: number; jumpPercent: number; letters: string },
): GeneratedDocument {
  const doc = new Y.Doc()
  doc.clientID = CLIENT_ID
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const text = new Y.XmlText()
  doc.get('body', Y.XmlElement).push([text])
  const random = seeded(1)
  let length = 0
  let run = { left: 0, isDeletion: false, at: 0 }
  const edit = () => {
    if (run.left === 0 || (run.isDeletion && run.at === 0)) {
      const at = random(100) < o.jumpPercent ? random(length + 1) : run.at
      run = { left: 1 + random(o.run), isDeletion: at > 0 && random(100) < o.deletePercent, at }
    }
    run.left -= 1
    if (run.isDeletion) {
      run.at -= 1
      length -= 1
      text.delete(run.at, 1)
    } else {
      text.insert(run.at, o.letters[random(o.letters.length)] ?? '')
      run.at += 1
      length += 1
    }
  }
  for (let done = 0; done < edits; done += EDITS_PER_UPDATE) {
    doc.transact(() => {
      for (let left = Math.min(EDITS_PER_UPDATE, edits - done); left > 0; left -= 1) edit()
    })
  }
  return { updates, state: Y.encodeStateAsUpdate(doc), edits, text: text.toString() }
}

/** A 32-bit xorshift. @returns whole numbers from 0 up to and without `below` */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
