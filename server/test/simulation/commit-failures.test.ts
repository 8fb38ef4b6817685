import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { seedOf } from '../sync-support.ts'
import { HubLines, REPORT } from './hub-lines.ts'
import { tokenOf } from './tokens.ts'

const WRITES = 100

/** A writer's document and its updates, one by one. */
function typist(clientId: number): { type(number: number): Uint8Array; text(): string } {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seedOf('narrative'))
  doc.clientID = clientId
  let last = new Uint8Array()
  doc.on('update', (update: Uint8Array) => (last = new Uint8Array(update)))
  const text = new Y.XmlText()
  doc.get('body', Y.XmlElement).push([text])
  return {
    type(number) {
      text.insert(text.length, tokenOf('w', number))
      return number === 1 ? Y.encodeStateAsUpdate(doc) : last
    },
    text: () => doc.get('body', Y.XmlElement).toString(),
  }
}

test.each(['not stored', 'stored, but nobody heard'] as const)(
  `[Y22] [Y23] the commit that fails is the Nth, N = 1…${WRITES}, %s: no false saved, nothing shown early, nothing lost`,
  async (outcome) => {
    for (let failing = 1; failing <= WRITES; failing += 1) {
      let calls = 0
      const bench = new HubLines({
        seeds: { narrative: seedOf('narrative') },
        roles: { filler: ['filler'], head: ['head'] },
        wrapStore: (store) => ({
          load: (key) => store.load(key),
          async append(entries) {
            calls += 1
            if (calls === failing && outcome === 'not stored') throw new Error('ENOSPC')
            await store.append(entries)
            if (calls === failing) throw new Error('timeout')
          },
        }),
      })
      const ann = await bench.join('filler', 'narrative')
      const ben = await bench.join('head', 'narrative')
      const writer = typist(77)
      // Only the writes around the failing one matter; those before it are the same each time.
      for (let number = 1; number <= failing + 2; number += 1) {
        const heard = ben.heard.length
        const fails = calls + 1 === failing
        await ann.update(writer.type(number))
        expect(ann.saved).toBeLessThanOrEqual(bench.store.tokens.size)
        if (fails) expect({ saved: ann.saved, heard: ben.heard.length - heard }).toMatchObject({ saved: number - 1 })
      }
      await bench.world.pass(2000)
      expect({ failing, saved: ann.saved, closed: [ann.closedWith, ben.closedWith] }).toEqual({
        failing,
        saved: failing + 2,
        closed: [undefined, undefined],
      })
      const replayed = bench.store.replay({ reportId: REPORT, part: 'narrative' })
      expect(replayed.get('body', Y.XmlElement).toString()).toBe(writer.text())
      await bench.hub.close()
    }
  },
)
