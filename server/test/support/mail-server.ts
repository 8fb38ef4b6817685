import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A letter as it arrived. */
interface Arrived {
  readonly from: string
  readonly to: readonly string[]
  /** The whole message, headers and all. */
  readonly raw: string
  readonly subject: string
  readonly text: string
  readonly headers: ReadonlyMap<string, string>
}

export interface MailServer {
  readonly url: string
  readonly letters: Arrived[]
  /** What it answers to the next letters instead of taking them; undefined: it takes them. */
  refuse: { readonly at: 'recipient' | 'data'; readonly code: number } | undefined
  close(): Promise<void>
}

/** A real SMTP server on a free port of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const refusal = (at: 'recipient' | 'data') =>
    mail.refuse?.at === at ? Object.assign(new Error('no'), { responseCode: mail.refuse.code }) : null
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    logger: false,
    onRcptTo: (_, __, done) => done(refusal('recipient')),
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const error = refusal('data')
        const { mailFrom, rcptTo } = session.envelope
        const raw = Buffer.concat(pieces).toString('utf8')
        if (!error) {
          const from = mailFrom ? mailFrom.address : ''
          mail.letters.push({ from, to: rcptTo.map(({ address }) => address), raw, ...parse(raw) })
        }
        done(error)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const mail: MailServer = {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    letters: [],
    refuse: undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return mail
}

function parse(raw: string): Pick<Arrived, 'headers' | 'subject' | 'text'> {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const at = line.indexOf(':')
    headers.set(line.slice(0, at).toLowerCase(), decodeWords(line.slice(at + 1).trim()))
  }
  const body = raw.slice(end + 4)
  const text =
    headers.get('content-transfer-encoding') === 'base64'
      ? Buffer.from(body, 'base64').toString('utf8')
      : decodeQuoted(body.replaceAll('=\r\n', ''))
  return { headers, subject: headers.get('subject') ?? '', text }
}

const decodeQuoted = (text: string) =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

/** RFC 2047. */
const decodeWords = (text: string) =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : decodeQuoted(word.replaceAll('_', ' ')),
    )
