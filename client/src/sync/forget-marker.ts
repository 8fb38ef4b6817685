/** Users whose copies of reports are to be cleared from this computer, until that is done. Storage may be full or closed. */
const MARKER = 'gongping.forget.'

export function markForgetting(userId: string): void {
  try {
    localStorage.setItem(MARKER + userId, '')
  } catch {
    // Then it is done now or not at all.
  }
}

export function unmarkForgetting(userId: string): void {
  try {
    localStorage.removeItem(MARKER + userId)
  } catch {
    // As above.
  }
}

export function markedForForgetting(): readonly string[] {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? '')
    return keys.filter((key) => key.startsWith(MARKER)).map((key) => key.slice(MARKER.length))
  } catch {
    return []
  }
}
