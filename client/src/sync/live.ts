/** A value that changes over time; fits React's useSyncExternalStore. `get` returns the same object until it changes. */
export interface Live<T> {
  get(): T
  subscribe(listener: () => void): () => void
}

export interface LiveValue<T> extends Live<T> {
  /** Tells the listeners only when the value is another one. */
  set(next: T): void
}

export function createLive<T>(initial: T): LiveValue<T> {
  const listeners = new Set<() => void>()
  let value = initial
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

export interface Signal<T> {
  emit(value: T): void
  subscribe(listener: (value: T) => void): () => void
}

export function createSignal<T>(): Signal<T> {
  const listeners = new Set<(value: T) => void>()
  return {
    emit(value) {
      for (const listener of listeners) listener(value)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
