import { openDB } from 'idb'
import { markedForForgetting, unmarkForgetting } from './forget-marker.ts'

/**
 * Clears what this computer holds of reports once its user signs out. Copies with an edit the server has not confirmed
 * stay, and bring it when the same user comes back; what was typed last and is only now written joins what the server has.
 */
export async function forgetSavedCopies(userId: string): Promise<void> {
  // Browsers that keep the names to themselves keep the copies.
  const databases = await indexedDB.databases?.()
  for (const { name = '' } of databases ?? []) {
    if (!/^gongping:\d+:/.test(name) || name.split(':')[2] !== userId) continue
    // eslint-disable-next-line no-await-in-loop -- one after the other: there may be thousands
    await forgetSaved(name).catch((error: unknown) => console.error(`${name} could not be cleared`, error))
  }
  unmarkForgetting(userId)
}

/** Goes on where somebody signed out and closed the page. */
export async function finishForgetting(): Promise<void> {
  for (const userId of markedForForgetting()) await forgetSavedCopies(userId)
}

/** Looked up and cleared in one transaction: an edit is written before it, and counted, or after it. */
async function forgetSaved(name: string): Promise<void> {
  const database = await openDB(name, undefined, {
    // Gone meanwhile: it is not made anew, and without its stores.
    upgrade(_database, _before, _now, making) {
      making.done.catch(() => undefined)
      making.abort()
    },
  })
  try {
    const clearing = database.transaction(['updates', 'custom'], 'readwrite')
    const unsaved: number[] = await clearing.objectStore('custom').getAll()
    if (unsaved.every((edits) => edits === 0)) await clearing.objectStore('updates').clear()
    await clearing.done
  } finally {
    database.close()
  }
}
