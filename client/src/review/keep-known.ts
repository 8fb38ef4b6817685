/** The new list, with what has not changed still being the same objects, so that only what is new is drawn anew. */
export function keepKnown<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]): readonly T[] {
  const known = new Map(before.map((record) => [record.id, record]))
  const next = after.map((record) => {
    const old = known.get(record.id)
    return old && JSON.stringify(old) === JSON.stringify(record) ? old : record
  })
  return next.length === before.length && next.every((record, at) => record === before[at]) ? before : next
}
