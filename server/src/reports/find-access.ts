import { penOf } from '@gongping/permissions'
import type { Db } from '../db/dialect.ts'
import { findPerson } from '../db/profiles.ts'
import type { FindAccess } from '../sync/types.ts'
import { hiddenParts } from '../review/hidden-parts.ts'
import { RequestError } from './request-error.ts'
import { getVisibleReport } from './visible-report.ts'

/** Rights at the sync socket, by the same rules as over HTTP. */
export function createFindAccess(db: Db): FindAccess {
  return async (userId, reportId) => {
    const person = await findPerson(db, userId)
    if (!person) return undefined
    try {
      const { report, actor } = await getVisibleReport(db, { userId, role: person.role }, reportId)
      return {
        userId,
        displayName: person.displayName,
        role: actor.roles[0] ?? 'admin',
        pen: penOf(actor, report.state),
        hidden: hiddenParts({ report, actor }),
        state: report.state,
        epoch: Number(report.epoch),
      }
    } catch (error) {
      if (error instanceof RequestError) return undefined
      throw error
    }
  }
}
