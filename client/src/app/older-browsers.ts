import { createProgram } from './program.ts'

const builtins = createProgram(() => import('./missing-builtins.ts'), { afterPainting: false })
const growing = createProgram(() => import('./grow-fields.ts'), { afterPainting: true })

/**
 * Offices have browsers that stopped at Chromium 109 with Windows 7, and vendors' browsers that are older still. Gives
 * the browser what it lacks of the language, before anything is shown and any page of the program imported.
 */
export async function fillInWhatIsMissing(): Promise<void> {
  if (!CSS.supports('field-sizing', 'content')) void growing.get().then(({ growFields }) => growFields())
  if (needed().some((one) => typeof one !== 'function')) await builtins.get()
}

/** A browser that has these has all the program uses of what came after Chromium 94. */
const needed = (): readonly unknown[] => [
  Array.prototype.toSorted,
  Map.groupBy,
  Object.hasOwn,
  Promise.withResolvers,
  Set.prototype.union,
  String.prototype.toWellFormed,
  globalThis.Iterator?.prototype.map,
  globalThis.structuredClone,
]
