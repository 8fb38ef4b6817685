import { PARTS, type Part } from '@gongping/permissions'
import { type Ownership, createOwnership } from '@gongping/report-doc'
import type { Db } from '../db/dialect.ts'
import { listClientOwners, listLogRows } from '../db/update-log.ts'

/** Who wrote and deleted what in each part between two positions of the log, from the log alone. */
export async function readOwnership(
  db: Db,
  range: {
    reportId: string
    after: Readonly<Record<Part, number>>
    upTo: Readonly<Record<Part, number>>
    /** Who made the report. */
    seededBy: string
  },
): Promise<Readonly<Record<Part, Ownership>>> {
  const { reportId, after, upTo, seededBy } = range
  const parts = await Promise.all(
    PARTS.map(async (part): Promise<[Part, Ownership]> => {
      const between = { reportId, part, after: after[part], upTo: upTo[part] }
      const rows = upTo[part] > after[part] ? await listLogRows(db, between) : []
      return [part, createOwnership({ rows, owners: await listClientOwners(db, reportId, part), seededBy })]
    }),
  )
  return Object.fromEntries(parts) as Record<Part, Ownership>
}
