import type { Narrative } from '@gongping/scoring'
import { findTemplate } from '@gongping/scoring'
import { seedReport } from '../../src/seed/index.ts'
import { type Person, Room } from './people.ts'
import { Random } from './random.ts'

const line = (text: string) => ({ text, fields: [] })

/** Small, with everything a report can contain, and with equal blocks side by side. */
const START: Narrative = {
  sections: [
    {
      id: 's1',
      level: 1,
      title: line('基本情况'),
      indicatorId: null,
      blocks: [
        { type: 'paragraph', id: 's1.p1', ...line('one two three') },
        { type: 'paragraph', id: 's1.p2', ...line('') },
        { type: 'list', id: 's1.p3', ordered: true, items: [line('same'), line('same'), line('')] },
      ],
      children: [
        {
          id: 's1.1',
          level: 2,
          title: {
            text: '立项\uFFFC',
            fields: [{ kind: 'score', indicatorId: 'gd.decision', column: 'self', form: 'heading' }],
          },
          indicatorId: 'gd.decision',
          blocks: [
            {
              type: 'table',
              id: 's1.1.p1',
              rows: [
                [line('10'), line('')],
                [line(''), line('')],
                [line(''), line('')],
              ],
            },
            { type: 'paragraph', id: 's1.1.p2', ...line('same') },
            { type: 'paragraph', id: 's1.1.p3', ...line('same') },
          ],
          children: [],
        },
      ],
    },
  ],
}

const template = findTemplate('guangdong-2022')!
const START_UPDATE = seedReport({ template, data: { narrative: START } }).narrative

export interface Session {
  readonly random: Random
  readonly room: Room
}

/**
 * Three people work on one small document for some steps, each in their own pace and at times offline; then everybody
 * comes back. `edit` is called for each thing somebody does.
 */
export function work({
  seed,
  steps,
  edit,
}: {
  seed: number
  steps: number
  edit: (random: Random, person: Person) => void
}): Room {
  const random = new Random(seed)
  const room = new Room(['filler', 'head', 'finance'], START_UPDATE)
  for (let step = 0; step < steps; step++) {
    const one = random.pick(room.people)
    if (random.chance(0.05)) one.isOnline = !one.isOnline
    if (random.chance(0.5)) edit(random, one)
    else if (one.isOnline) {
      for (let count = random.below(4); count >= 0; count--) random.chance(0.5) ? room.send(one) : room.receive(one)
    }
  }
  room.settle()
  return room
}

/** How many random documents each of the fuzz files makes; FUZZ_DOCS sets another number. */
export const FUZZ_DOCS = Number(process.env['FUZZ_DOCS'] ?? 250)
