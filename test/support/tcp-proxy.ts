import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** A line between two processes that can be cut: what is sent then neither arrives nor fails, as on a parted network. */
export interface TcpProxy {
  readonly port: number
  cut(): void
  heal(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: { port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const onHeal = new Set<() => void>()
  let isCut = false

  const server = createServer((near) => {
    keep(near)
    if (isCut) {
      near.pause()
      onHeal.add(() => join(near))
    } else join(near)
  })

  function join(near: Socket): void {
    if (near.destroyed) return
    const far = connect(target.port, '127.0.0.1')
    keep(far)
    pass(near, far)
    pass(far, near)
    if (!isCut) near.resume()
  }

  function pass(from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      if (!isCut) return void to.write(chunk)
      // What was under way when the line broke comes later, as TCP would send it again.
      onHeal.add(() => to.write(chunk))
    })
    from.on('close', () => {
      if (isCut) onHeal.add(() => to.destroy())
      else to.destroy()
    })
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
      for (const run of onHeal) run()
      onHeal.clear()
      for (const socket of sockets) socket.resume()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
