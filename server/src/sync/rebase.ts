import { CLOSE } from '@gongping/protocol'
import type { RefusalReason } from '@gongping/protocol'
import type { Connection } from './connection.ts'
import { follow } from './consequences.ts'
import { judge } from './guard.ts'
import { Ledger, clientsBeginningIn } from './ledger.ts'
import type { Queued, Room } from './room.ts'
import type { Access, LogEntry, StoredPart } from './types.ts'

/** Rights as they are now, by user; undefined for who has none. */
export type AccessByUser = ReadonlyMap<string, Access | undefined>

/**
 * Takes rows into the room that another process stored, the next ones of the log. What waits in the room was judged
 * without them: where both touch the same client's edits, or a client id that both took, it is judged anew. Not while the
 * room is appending.
 */
export function takeRows(room: Room, rows: readonly LogEntry[]): void {
  const taken = new Set<number>()
  const isAhead = !rows.every(({ bytes, userId }) => room.ledger.follow(bytes, userId, taken))
  for (const { seenClients = [] } of rows) {
    for (const [clientId, userId] of seenClients) if (!bind(room, clientId, userId)) taken.add(clientId)
  }
  const waiting = room.takeWaiting()
  room.learn(rows)
  const isTouched = isAhead || taken.size > 0
  room.putBack(isTouched ? judgeAnew({ room, waiting, ledger: rebuild(room, rows, taken) }) : waiting)
  giveUp(room, taken)
}

/**
 * The same with the whole part, where the rows are no longer to be had one by one.
 * @returns what it adds, as one row
 */
export function takeStored(room: Room, stored: StoredPart): LogEntry {
  const waiting = room.takeWaiting()
  const owners = new Map(stored.owners)
  const taken = new Set<number>()
  for (const [client, owner] of room.ledger.owners) {
    if (!owners.has(client)) owners.set(client, owner)
    else if (owners.get(client) !== owner) taken.add(client)
  }
  const news = room.learnAll(stored)
  room.putBack(judgeAnew({ room, waiting, ledger: Ledger.of([room.state()], owners) }))
  giveUp(room, taken)
  return news
}

/** Judges what waits by the rights as they are now. */
export function judgeWaiting(room: Room, access: AccessByUser): void {
  const waiting = room.takeWaiting()
  room.putBack(judgeAnew({ room, waiting, ledger: rebuild(room, [], new Set()), access }))
}

/** Another process says whose the id is, and has stored it. @returns false when it was taken here for somebody else's */
function bind(room: Room, clientId: number, userId: string): boolean {
  const isNews = room.ledger.own(clientId, userId)
  room.keepOwner(clientId)
  return isNews
}

/**
 * These ids turned out to be somebody else's than was thought here. Who goes on under one of them would find letters of
 * the same number known already, and hear that they are saved.
 */
function giveUp(room: Room, taken: ReadonlySet<number>): void {
  if (taken.size === 0) return
  for (const line of room.connections) {
    const clientId = line.presence?.clientId
    if (clientId === undefined || !taken.has(clientId)) continue
    if (room.ledger.owners.get(clientId) !== line.access.userId) line.refuse('foreign-client-id')
  }
  // Back on another line it is no longer known here, and refused for what it claims.
  for (const clientId of taken) room.presenceClocks.delete(clientId)
}

/** What the stored bytes say; whose the ids are that were seen in presence or in what waits stays known. */
function rebuild(room: Room, rows: readonly LogEntry[], taken: Set<number>): Ledger {
  const owners = new Map(room.ledger.owners)
  for (const { bytes, userId } of rows) {
    for (const client of clientsBeginningIn(bytes)) {
      if (owners.has(client) && owners.get(client) !== userId) taken.add(client)
      owners.set(client, userId)
    }
  }
  return Ledger.of([room.state()], owners)
}

/** What of it is still to be stored. A line whose edit can't be any more is told so and closed. */
function judgeAnew(o: { room: Room; waiting: readonly Queued[]; ledger: Ledger; access?: AccessByUser }): Queued[] {
  const { room, waiting, ledger, access } = o
  room.ledger = ledger
  const kept: Queued[] = []
  const refused = new Map<Connection, RefusalReason>()
  /** Edits of theirs came on lines that are gone; their clients, back on others, were told that they are known. */
  const returned = new Set<string>()
  let isDropped = false
  for (const queued of waiting) {
    const { edit, from } = queued
    if (from && refused.has(from)) continue
    if (!edit) {
      // An answer may rest on an edit of the same client's former line.
      if (isDropped) from?.close(CLOSE.unavailable, 'edits have to be sent again')
      else kept.push(queued)
      continue
    }
    const rights = access?.has(edit.userId) ? access.get(edit.userId) : from?.access
    const mayWrite = access?.has(edit.userId) || from ? rights?.pen[room.key.part] === true : true
    const { userId } = edit
    const verdict = judge({
      update: edit.bytes,
      ledger,
      userId,
      part: room.key.part,
      mayWrite: edit.epoch === undefined || mayWrite,
      mayBind: Infinity,
    })
    const epoch = edit.epoch === undefined ? undefined : (rights?.epoch ?? edit.epoch)
    switch (verdict.kind) {
      case 'apply': {
        const { change, update: bytes, decoded } = verdict
        ledger.advance(change, userId)
        kept.push({ ...queued, edit: { ...edit, bytes, decoded, newClientIds: change.newClientIds, epoch } })
        continue
      }
      case 'nothing':
        kept.push({ ...queued, edit: undefined })
        continue
      case 'deletes':
        if (follow(verdict.deletes, room.state())) {
          kept.push({ ...queued, edit: undefined })
          continue
        }
    }
    isDropped = true
    queued.dropped?.()
    if (from && !from.isOpen) returned.add(userId)
    if (from) refused.set(from, verdict.kind === 'refuse' ? verdict.reason : reasonOf(verdict.kind))
  }
  for (const [line, reason] of refused) line.refuse(reason)
  for (const line of room.connections) {
    if (returned.has(line.access.userId)) line.close(CLOSE.unavailable, 'edits have to be sent again')
  }
  return kept
}

const reasonOf = (kind: 'missing' | 'deletes'): RefusalReason => (kind === 'missing' ? 'missing-edits' : 'no-pen')
