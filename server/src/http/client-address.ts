import { BlockList, isIP } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/** @param forwarded the X-Forwarded-For header */
export type FindAddress = (socketAddress: string | undefined, forwarded: string | undefined) => string

/**
 * Who is calling: the socket's address. What the caller says about itself (X-Forwarded-For) counts only as far as trusted
 * proxies said it: the last address in it that is none of theirs.
 *
 * @param trusted addresses and networks of proxies
 */
export function createFindAddress(trusted: readonly string[] = []): FindAddress {
  const proxies = new BlockList()
  for (const network of trusted) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, Number(prefix), family)
  }
  const isProxy = (address: string) =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (socketAddress, forwarded) => {
    const socket = plain(socketAddress ?? 'unknown')
    if (!isProxy(socket)) return socket
    const said = (forwarded ?? '').split(',').map((one) => plain(one.trim()))
    const client = said.findLast((address) => !isProxy(address))
    return client !== undefined && isIP(client) !== 0 ? client : socket
  }
}

/** The same for routes. */
export function createClientAddress(trusted: readonly string[] | undefined): (c: Context) => string {
  const find = createFindAddress(trusted)
  return (c) => {
    // Requests made in the process itself (tests) have no socket.
    if (!c.env || !('incoming' in c.env)) return 'local'
    return find(getConnInfo(c).remote.address, c.req.header('x-forwarded-for'))
  }
}

/** IPv4 as a dual-stack socket shows it. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
