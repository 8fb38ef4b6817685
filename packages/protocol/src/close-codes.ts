/**
 * Every close code the sync server uses, and what a client should do then.
 * y-websocket 3.1 takes 4400–4499 as final (no reconnect); with any other code it tries again by itself.
 */
export const CLOSE = {
  /** The bytes were no valid frame of this protocol. Client: stop, keep the local text aside, reload the document. */
  badFrame: 4400,
  /** The session ended. Client: sign in again, then reconnect; local edits stay. */
  signedOut: 4401,
  /** The update was not the writer's to make (no pen, foreign client id). Client: keep the refused text aside, drop the local copy, reload. */
  refused: 4403,
  /** The report is gone or no longer visible. Client: leave the page. */
  gone: 4404,
  /** The client speaks another document layout. Client: reload the page to get the current program. */
  oldClient: 4426,
  /** An update refers to edits the server does not have, even after asking again. Client: reload the document. */
  outOfStep: 4409,
  /** The reader was too slow or too greedy. Client: reconnect and resync. */
  tooSlow: 4508,
  /** Rights changed. Client: reconnect at once; the next join decides. */
  accessChanged: 4503,
  /** The server is stopping or restarting. Client: reconnect with a random delay. */
  restarting: 1012,
  /** The document can't be loaded or stored right now. Client: keep editing state, try again. */
  unavailable: 1013,
} as const

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]
