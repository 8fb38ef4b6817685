import { type Narrative, findTemplate } from '@gongping/scoring'
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

interface Work {
  readonly seed: number
  readonly steps: number
  /** How often somebody goes offline or comes back, per step. */
  readonly switching: number
  /** Called for each thing somebody does. */
  readonly edit: (random: Random, person: Person, room: Room) => void
}

/** Three people work on one small document, each in their own pace and at times offline; then everybody comes back. */
export function work({ seed, steps, switching, edit }: Work): Room {
  const random = new Random(seed)
  const room = new Room(['filler', 'head', 'finance'], START_UPDATE)
  for (let step = 0; step < steps; step++) {
    const one = random.pick(room.people)
    if (random.chance(switching)) one.isOnline = !one.isOnline
    if (random.chance(0.5)) edit(random, one, room)
    else if (one.isOnline) exchange(random, room, one)
  }
  room.settle()
  return room
}

function exchange(random: Random, room: Room, one: Person) {
  for (let count = random.below(4); count >= 0; count--) {
    if (random.chance(0.5)) room.send(one)
    else room.receive(one)
  }
}

/** Runs `check` for many seeds; the failures, each with the seed that repeats it (FUZZ_SEED). */
export function failuresOver({
  documents,
  firstSeed,
  check,
}: {
  documents: number
  firstSeed: number
  check: (seed: number) => void
}): string[] {
  const only = process.env['FUZZ_SEED']
  const seeds = only === undefined ? Array.from({ length: documents }, (_, index) => firstSeed + index) : [Number(only)]
  return seeds.flatMap((seed) => {
    try {
      check(seed)
      return []
    } catch (error) {
      return [`FUZZ_SEED=${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]
    }
  })
}

/** How many random documents each fuzz test makes; FUZZ_DOCS sets another number. */
export const fuzzDocuments = (usual: number) => Number(process.env['FUZZ_DOCS'] ?? usual)
