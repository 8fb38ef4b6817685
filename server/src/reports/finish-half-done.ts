/**
 * Finishes, one after the other, what stopped servers left half done. An edit that is refused has been settled by `finish`
 * and counts as finished; what can't be finished otherwise, as a document is damaged, keeps nothing else back.
 *
 * @param finish runs while nobody else's edits of the report are judged
 * @returns how many were finished
 */
export async function finishHalfDone<T extends { readonly report_id: string }>(
  rows: readonly T[],
  o: {
    readonly hold: (reportId: string, work: () => Promise<void>) => Promise<void>
    readonly finish: (row: T) => Promise<void>
    readonly onError: (error: unknown, reportId: string) => void
  },
): Promise<number> {
  let finished = 0
  for (const row of rows) {
    try {
      await unlessRefused(o.hold(row.report_id, () => o.finish(row)))
      finished += 1
    } catch (error) {
      o.onError(error, row.report_id)
    }
  }
  return finished
}

/** An edit that the guard refuses was never in the document, and whoever applied it has settled that. */
export async function unlessRefused(finishing: Promise<void>): Promise<void> {
  try {
    await finishing
  } catch (error) {
    if (!(error instanceof Error && error.name === 'EditRefusedError')) throw error
  }
}
