import { type Joined, Joins, writeEach } from './joins.ts'
import type { Line } from './load-client.ts'
import { type Pace, type Shown, type Typed, Typing } from './typing.ts'

/**
 * The process the clients live in: apart from the server, whose CPU is measured, and from the program, which asks for one
 * thing after the other over IPC.
 */

/** What may be asked; each by its name with one argument. */
export interface LoadCommands {
  openRooms(o: { rooms: readonly (readonly Line[])[]; atOnce: number }): Promise<void>
  /** @param o.writers in each room */
  startTyping(o: { writers: number; pace: Pace }): Promise<void>
  typeExactly(o: { writers: number; keystrokes: number; window: number }): Promise<void>
  shown(o: { restartClock: boolean }): Promise<Shown>
  stopTyping(o: object): Promise<Typed>
  stall(o: object): Promise<void>
  chatter(o: { bytes: number; perSecond: number; seconds: number }): Promise<void>
  /** @param o.stateVector base64 */
  join(o: { lines: readonly Line[]; contentBytes: number; atOnce: number; stateVector?: string }): Promise<Joined[]>
  /** @param o.updates base64 */
  writeEach(o: {
    lines: readonly Line[]
    updates: readonly string[]
    contentBytes: number
    atOnce: number
  }): Promise<void>
  /** Ends every line. */
  closeAll(o: object): Promise<void>
}

export interface LoadRequest {
  readonly id: number
  readonly command: keyof LoadCommands
  readonly argument: unknown
}

export type LoadAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }

let typing = new Typing()
const joins = new Joins()

const commands: LoadCommands = {
  openRooms: ({ rooms, atOnce }) => typing.open(rooms, atOnce),
  startTyping: async ({ writers, pace }) => typing.start(writers, pace),
  typeExactly: (o) => typing.typeExactly(o),
  async shown({ restartClock }) {
    if (restartClock) typing.restartClock()
    return typing.shown()
  },
  stopTyping: () => typing.stop(),
  stall: async () => typing.stall(),
  chatter: (o) => typing.chatter(o),
  join: ({ lines, stateVector, ...o }) =>
    joins.join(lines, { ...o, stateVector: stateVector === undefined ? undefined : fromBase64(stateVector) }),
  writeEach: ({ lines, updates, ...o }) => writeEach(lines, { ...o, updates: updates.map(fromBase64) }),
  async closeAll() {
    typing.close()
    typing = new Typing()
    joins.close()
  },
}

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

process.on('message', ({ id, command, argument }: LoadRequest) => {
  const run = commands[command] as (argument: unknown) => Promise<unknown>
  run(argument).then(
    (result) => process.send?.({ id, result: result ?? null } satisfies LoadAnswer),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies LoadAnswer),
  )
})
process.on('disconnect', () => process.exit(0))
