import { describe, expect, test } from 'vitest'
import { createFindAddress } from '../src/http/client-address.ts'

describe('who is calling', () => {
  test('[C7] nobody is believed about forwarded addresses unless told so', () => {
    expect(createFindAddress()('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
    expect(createFindAddress(['10.0.0.0/8'])('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  })

  test('[C7] behind trusted proxies it is the last address that is none of theirs', () => {
    const find = createFindAddress(['10.0.0.0/8', '::1'])
    expect(find('10.1.2.3', '198.51.100.1')).toBe('198.51.100.1')
    expect(find('::ffff:10.1.2.3', '198.51.100.1')).toBe('198.51.100.1')
    expect(find('::1', '192.0.2.1, 198.51.100.1, 10.9.9.9')).toBe('198.51.100.1')
  })

  test('[C7] without a usable address in the header it is the proxy', () => {
    const find = createFindAddress(['10.0.0.1'])
    for (const said of [undefined, '', 'unknown', 'x, <script>', '10.0.0.1'])
      expect(find('10.0.0.1', said)).toBe('10.0.0.1')
  })
})
