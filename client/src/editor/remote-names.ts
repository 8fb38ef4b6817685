import type { Awareness } from 'y-protocols/awareness'

/**
 * Names at the carets of others fade after a moment (style sheet) so that they never stay over the text; a caret that
 * moves shows its name again.
 */
export function fadeRemoteNames(awareness: Awareness, container: () => HTMLElement | null): () => void {
  const seen = new Map<number, string>()
  const onChange = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }) => {
    for (const id of removed) seen.delete(id)
    const moved = new Set<string>()
    for (const id of [...added, ...updated]) {
      const state = awareness.getStates().get(id)
      const position = JSON.stringify([state?.['anchorPos'], state?.['focusPos']])
      if (id === awareness.clientID || seen.get(id) === position) continue
      seen.set(id, position)
      moved.add(String(state?.['name']))
    }
    if (moved.size === 0) return
    for (const name of container()?.querySelectorAll<HTMLElement>('.remote-name') ?? []) {
      if (!moved.has(name.textContent ?? '')) continue
      for (const animation of name.getAnimations()) {
        animation.currentTime = 0
        animation.play()
      }
    }
  }
  awareness.on('change', onChange)
  return () => awareness.off('change', onChange)
}
