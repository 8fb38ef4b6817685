import type { ChildProcess } from 'node:child_process'

const children = new Map<ChildProcess, NodeJS.Signals>()

/** Ends the child when this process does, also by `process.exit`: nobody would ever stop it otherwise. */
export function endWithUs(child: ChildProcess, signal: NodeJS.Signals): void {
  if (children.size === 0) process.once('exit', endAll)
  children.set(child, signal)
  child.once('exit', () => {
    children.delete(child)
    if (children.size === 0) process.off('exit', endAll)
  })
}

function endAll(): void {
  for (const [child, signal] of children) child.kill(signal)
}
