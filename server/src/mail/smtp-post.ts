import { createTransport } from 'nodemailer'
import type { MailConfig } from '../config.ts'

/** One message to one person; plain text. */
export interface Letter {
  /** The same for every try of one mail, so that a second copy can be told by the receiving side. */
  readonly id: string
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
}

/** Carries letters away. `send` rejects with `LetterRefused` when another try makes no sense. */
export interface Post {
  send(letter: Letter): Promise<void>
  close(): void
}

export class LetterRefused extends Error {
  override name = 'LetterRefused'
}

/** Longest wait for each answer of the mail server, milliseconds. */
const WAIT_MS = 15_000

/** Hands letters to an SMTP server, one connection each. Files and addresses are never read into a letter. */
export function openSmtpPost({ url, from }: MailConfig): Post {
  const transport = createTransport({
    url,
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: WAIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const host = from.address.slice(from.address.indexOf('@') + 1)
  return {
    async send({ id, to, subject, text }) {
      try {
        await transport.sendMail({
          from,
          to,
          subject,
          text,
          messageId: `<${id}@${host}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (error) {
        const { responseCode = 0, command } = error as { responseCode?: number; command?: string }
        // The address does not exist there; everything else may be put right by the operator.
        if (command === 'RCPT TO' && responseCode >= 500) throw new LetterRefused(`refused with ${responseCode}`)
        throw error
      }
    },
    close: () => transport.close(),
  }
}
