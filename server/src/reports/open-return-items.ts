import type { Anchor } from '@gongping/protocol/http'
import type { Finding, OpenReturnItem } from '@gongping/scoring'
import type { Db } from '../db/dialect.ts'
import { listReturnItemRows } from '../db/return-items.ts'

/** Points of returns that wait for an answer, as the rules see them. */
export async function listOpenReturnItems(db: Db, reportId: string): Promise<OpenReturnItem[]> {
  const rows = await listReturnItemRows(db, reportId)
  return rows
    .filter(({ status }) => status === 'open')
    .map(({ id, round, problem, quote, anchor }) => ({ id, round, problem, where: placeOf(anchor, quote) }))
}

function placeOf(stored: string, quote: string): Finding['where'] {
  const anchor = JSON.parse(stored) as Anchor
  switch (anchor.kind) {
    case 'cell':
      return { indicatorId: anchor.indicatorId, column: anchor.column }
    case 'cover':
      return { field: anchor.key }
    case 'fact':
      return { fields: [anchor.key] }
    case 'text':
      return { quote }
    case 'report':
      return {}
  }
}
