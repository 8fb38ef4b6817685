import { setTimeout } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import { Counter, Gauge } from 'prom-client'
import { type MailRow, countWaitingMail, findAddressee, listMailTurns, settleMail, takeMail } from '../db/mail.ts'
import type { Db } from '../db/dialect.ts'
import { LetterRefused, type Post } from './smtp-post.ts'
import { writeLetter } from './write-letter.ts'

export interface Mailer {
  /** Something was put in line; returns at once. */
  wake(): void
  /** Sends what is due now. @returns how many were sent */
  deliver(): Promise<number>
  /** Begins nothing new and waits a moment for what is being sent. */
  close(): Promise<void>
}

export interface MailerOptions {
  readonly db: Db
  readonly post: Post
  /** Public origin, for links. */
  readonly baseUrl: string
  readonly now: () => number
  readonly registry: Registry
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void }
}

/** Nobody else takes a mail that is being sent, for so long; a server that died meanwhile leaves it to the next. */
const IN_HAND_MS = 5 * 60_000
/** Between the first and the second try; doubled each time. */
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 2 * 3_600_000
/** News older than this is not sent any more. */
const STALE_MS = 3 * 86_400_000
const AT_ONCE = 20
const CLOSE_MS = 3000

/**
 * Sends what waits in the database: in line with the deed that caused it, taken by one server at a time, marked when the
 * mail server has accepted it. Whoever stops in between sends it again, under the same message id.
 */
export function createMailer({ db, post, baseUrl, now, registry, log }: MailerOptions): Mailer {
  const metrics = mailMetrics(registry, db)
  let isClosed = false
  let running: Promise<number> | undefined
  let isWoken = false

  function deliver(): Promise<number> {
    running ??= deliverAll().finally(() => {
      running = undefined
    })
    return running
  }

  async function deliverAll(): Promise<number> {
    let sent = 0
    for (;;) {
      const rows = await listMailTurns(db, { at: now(), limit: AT_ONCE })
      for (const row of rows) {
        if (isClosed) return sent
        if ((await takeMail(db, row, now() + IN_HAND_MS)) && (await send(row))) sent += 1
      }
      if (rows.length < AT_ONCE) return sent
    }
  }

  async function send(row: MailRow): Promise<boolean> {
    const to = await findAddressee(db, row)
    if (!to || now() - row.at > STALE_MS) {
      await settleMail(db, row.id, { status: 'dropped' })
      return false
    }
    try {
      await post.send(writeLetter({ mail: row, to, baseUrl }))
    } catch (error) {
      metrics.failed.inc()
      const isFinal = error instanceof LetterRefused
      // Of the error only its kind: its text may hold addresses.
      const { code, responseCode } = error as { code?: string; responseCode?: number }
      log.warn({ mail: row.id, tries: row.tries + 1, code, responseCode, isFinal }, 'a mail could not be sent')
      const wait = Math.min(FIRST_WAIT_MS * 2 ** row.tries, LONGEST_WAIT_MS)
      await settleMail(db, row.id, isFinal ? { status: 'dropped' } : { status: 'waiting', next_at: now() + wait })
      return false
    }
    await settleMail(db, row.id, { status: 'sent' })
    metrics.sent.inc()
    return true
  }

  const wake = () => {
    if (isClosed || isWoken) return
    isWoken = true
    // What was put in line while a delivery runs may be behind what it has read.
    void (running ?? Promise.resolve())
      .then(() => {
        isWoken = false
        return isClosed ? 0 : deliver()
      })
      .catch((error: unknown) => {
        isWoken = false
        log.error({ err: error }, 'mail could not be delivered')
      })
  }

  return {
    wake,
    deliver,
    async close() {
      isClosed = true
      // A mail in hand is sent again by whoever comes next.
      await Promise.race([running?.catch(() => undefined), setTimeout(CLOSE_MS, undefined, { ref: false })])
      post.close()
    },
  }
}

function mailMetrics(registry: Registry, db: Db) {
  const registers = [registry]
  return {
    waiting: new Gauge({
      name: 'gongping_mail_waiting',
      help: 'Mails waiting to be sent',
      registers,
      async collect() {
        this.set(await countWaitingMail(db).catch(() => Number.NaN))
      },
    }),
    sent: new Counter({ name: 'gongping_mail_sent_total', help: 'Mails the mail server has accepted', registers }),
    failed: new Counter({ name: 'gongping_mail_failures_total', help: 'Tries to send a mail that failed', registers }),
  }
}
