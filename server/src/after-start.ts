import type { Logger } from 'pino'
import type { Scorer } from './reports/score-on-save.ts'
import type { System } from './sync/system.ts'
import type { AutoVersions } from './versions/auto-versions.ts'

/**
 * What a start has to make up for and nobody waits for: it grows with the number of reports, so the server answers
 * meanwhile. Versions come last: of a report that was left unscored it is not known before that it was edited.
 *
 * @returns when all is done, or given up because of a stop; never throws
 */
export async function runAfterStart(o: {
  scorer: Pick<Scorer, 'scoreLeftBehind'>
  autoVersions: Pick<AutoVersions, 'resume'>
  remind: () => Promise<void>
  system: System
  log: Pick<Logger, 'info' | 'error'>
}): Promise<void> {
  const { scorer, autoVersions, remind, system, log } = o
  await remind()
  const began = system.monotonic()
  try {
    const reports = await scorer.scoreLeftBehind()
    const ms = Math.round(system.monotonic() - began)
    if (reports > 0) log.info({ reports, ms }, 'scored what the last run left behind')
    await autoVersions.resume()
  } catch (error) {
    log.error({ error: String(error) }, 'what the last run left behind could not be looked up')
  }
}
