import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What is used of packages that are no dependency of this project. */
interface HocuspocusServer {
  listen(): Promise<unknown>
  readonly address: { readonly port: number }
}

const { PACKAGES = '', DATABASE = '' } = process.env
const resolveFrom = createRequire(join(PACKAGES, 'package.json'))
const load = (name: string): Promise<unknown> => import(pathToFileURL(resolveFrom.resolve(name)).href)

const { Server } = (await load('@hocuspocus/server')) as {
  Server: new (configuration: object) => HocuspocusServer
}
const { SQLite } = (await load('@hocuspocus/extension-sqlite')) as { SQLite: new (configuration: object) => object }
const server = new Server({
  address: '127.0.0.1',
  port: 0,
  quiet: true,
  extensions: [new SQLite({ database: DATABASE })],
})
await server.listen()
console.log(`port ${server.address.port}`)
