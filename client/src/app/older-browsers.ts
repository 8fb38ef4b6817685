/**
 * Offices have browsers that stopped at Chromium 109 with Windows 7, and vendors' browsers that are older still. To be
 * called before anything is shown: gives the browser what it lacks of the language.
 */
export async function fillInWhatIsMissing(): Promise<void> {
  if (newest().some((one) => typeof one !== 'function')) await import('./missing-builtins.ts')
  if (!CSS.supports('field-sizing', 'content')) (await import('./grow-fields.ts')).growFields()
}

/** The latest of each family in `missing-builtins.ts`. */
const newest = (): readonly unknown[] => [
  Array.prototype.toSorted,
  Map.groupBy,
  Object.hasOwn,
  Promise.withResolvers,
  Set.prototype.union,
  String.prototype.toWellFormed,
  globalThis.Iterator?.prototype.map,
  globalThis.structuredClone,
]
