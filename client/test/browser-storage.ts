/** The storage of a browser in the tests: every "tab" is opened on the same one and told of what the others write. */
export function aBrowserStorage() {
  const entries = new Map<string, string>()
  const page = new EventTarget()
  const tell = (key: string, oldValue: string | null, newValue: string | null) =>
    page.dispatchEvent(Object.assign(new Event('storage'), { key, oldValue, newValue }))
  const localStorage = {
    get length() {
      return entries.size
    },
    key: (at: number) => [...entries.keys()][at] ?? null,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem(key: string, value: string) {
      const before = entries.get(key) ?? null
      entries.set(key, value)
      if (before !== value) tell(key, before, value)
    },
    removeItem(key: string) {
      const before = entries.get(key) ?? null
      if (entries.delete(key)) tell(key, before, null)
    },
  }
  return { localStorage, page }
}
