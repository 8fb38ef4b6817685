import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LoadAnswer, LoadCommands, LoadRequest } from './load-process.ts'

const PROCESS = fileURLToPath(new URL('load-process.ts', import.meta.url))

export type Load = LoadCommands & { readonly pid: number; end(): Promise<void> }

/** Starts a process of clients. When it dies, whatever was asked of it fails. */
export function startLoad(): Load {
  const child = fork(PROCESS, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--max-old-space-size=2048'],
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  child.on('message', (answer: LoadAnswer) => {
    const asked = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) asked?.reject(new Error(answer.error))
    else asked?.resolve(answer.result)
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the load process ended with ${code}`))
    waiting.clear()
  })
  const ask = (command: keyof LoadCommands) => (argument: unknown) => {
    const asked = Promise.withResolvers<unknown>()
    lastId += 1
    waiting.set(lastId, asked)
    child.send({ id: lastId, command, argument } satisfies LoadRequest)
    return asked.promise as Promise<never>
  }
  return {
    pid: child.pid ?? 0,
    openRooms: ask('openRooms'),
    startTyping: ask('startTyping'),
    typeExactly: ask('typeExactly'),
    shown: ask('shown'),
    stopTyping: ask('stopTyping'),
    stall: ask('stall'),
    chatter: ask('chatter'),
    join: ask('join'),
    writeEach: ask('writeEach'),
    closeAll: ask('closeAll'),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
