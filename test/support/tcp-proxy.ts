import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A line between two processes that can be cut: what is sent then neither arrives nor fails, as on a parted network. */
export interface TcpProxy {
  readonly port: number
  cut(): void
  heal(): void
  /** Everything sent from now on takes so much longer, in either direction; 0: no longer. */
  delay(ms: number): void
  close(): Promise<void>
}

export async function startTcpProxy(target: { port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  const onHeal: (() => void)[] = []
  let delayMs = 0

  const server = createServer((near) => {
    keep(near)
    if (!isCut) return join(near)
    near.pause()
    onHeal.push(() => join(near))
  })

  function join(near: Socket): void {
    if (near.destroyed) return
    const far = connect(target.port, '127.0.0.1')
    keep(far)
    pass(near, far)
    pass(far, near)
    if (!isCut) near.resume()
  }

  const whole = () => (isCut ? new Promise<void>((resolve) => void onHeal.push(resolve)) : Promise.resolve())

  function pass(from: Socket, to: Socket): void {
    let sent = Promise.resolve()
    // What was under way when the line broke comes later, as TCP would send it again.
    const inTurn = (work: () => void) => {
      const late = delayMs > 0 ? sleep(delayMs) : undefined
      sent = sent
        .then(() => late)
        .then(whole)
        .then(work)
    }
    from.on('data', (chunk) => inTurn(() => void to.write(chunk)))
    from.on('close', () => inTurn(() => void to.destroy()))
  }

  function keep(socket: Socket): void {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true
      for (const socket of sockets) socket.pause()
    },
    heal() {
      isCut = false
      for (const resolve of onHeal.splice(0)) resolve()
      for (const socket of sockets) socket.resume()
    },
    delay: (ms) => (delayMs = ms),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
