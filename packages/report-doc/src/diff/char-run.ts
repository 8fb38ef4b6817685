/**
 * Characters with the Yjs id of each. `clients[i]` is negative for what is no character of a person: the value of a
 * field, the gap between two cells.
 */
export interface CharRun {
  readonly text: string
  readonly clients: readonly number[]
  readonly clocks: readonly number[]
}

export interface CharRunBuilder extends CharRun {
  text: string
  readonly clients: number[]
  readonly clocks: number[]
}

export const emptyRun = (): CharRunBuilder => ({ text: '', clients: [], clocks: [] })

/** Text without ids: every character is new. */
export function plainRun(text: string): CharRun {
  const run = emptyRun()
  pushStructure(run, text)
  return run
}

/** `text` as one piece of a Yjs item; its characters have consecutive clocks. */
export function pushItem(run: CharRunBuilder, text: string, client: number, clock: number): void {
  run.text += text
  for (let at = 0; at < text.length; at++) {
    run.clients.push(client)
    run.clocks.push(clock + at)
  }
}

/** A text that stands for one Yjs item. */
export function pushOne(run: CharRunBuilder, text: string, client: number, clock: number): void {
  run.text += text
  for (let at = 0; at < text.length; at++) {
    run.clients.push(client)
    run.clocks.push(clock)
  }
}

/** A text nobody wrote. `mark` tells kinds apart and is negative. */
export function pushStructure(run: CharRunBuilder, text: string, mark = -1): void {
  pushOne(run, text, mark, 0)
}
