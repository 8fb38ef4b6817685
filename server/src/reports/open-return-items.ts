import type { Anchor } from '@gongping/protocol/http'
import { type OpenReturnItem, toOpenReturnItem } from '@gongping/scoring'
import type { Db } from '../db/dialect.ts'
import { listReturnItemRows } from '../db/return-items.ts'

/** Points of returns that wait for an answer, as the rules see them. */
export async function listOpenReturnItems(db: Db, reportId: string): Promise<OpenReturnItem[]> {
  const rows = await listReturnItemRows(db, reportId)
  return rows
    .filter(({ status }) => status === 'open')
    .map(({ anchor, ...item }) => toOpenReturnItem({ ...item, anchor: JSON.parse(anchor) as Anchor }))
}
