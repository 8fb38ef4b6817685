import type { Logger } from 'pino'
import type { Session } from '../auth/session.ts'

/** What middleware puts beside a request. */
export interface AppEnv {
  Variables: {
    requestId: string
    log: Logger
    /** Set behind `requireSession`. */
    session: Session
    /** Code of the refusal this request is answered with. */
    refusedWith: string | undefined
    /** Allows the styles antd writes into the page; new for every answer. */
    cspNonce: string
  }
}
