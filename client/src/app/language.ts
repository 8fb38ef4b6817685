import type { Message } from '@gongping/permissions'
import { useSyncExternalStore } from 'react'

export type Language = 'zh' | 'en'

/** The same texts in both languages; the Chinese ones define the shape. */
export interface Words<T> {
  readonly zh: T
  readonly en: T
}

/**
 * Texts of one area: strings, and functions with named values, e.g. `unsaved: ({ n }: { n: number }) => `…``.
 * A text missing in English does not compile.
 */
export function defineWords<T extends object>(words: { zh: T; en: NoInfer<T> }): Words<T> {
  return words
}

/** The texts of an area in the current language; the component renders again when it changes. */
export function useWords<T>(words: Words<T>): T {
  return words[useLanguage()]
}

/** For messages that carry both languages: permissions, findings, server errors. */
export function useMessage(): (message: Message) => string {
  const language = useLanguage()
  return (message) => message[language]
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, currentLanguage)
}

function currentLanguage(): Language {
  return language
}

/** Remembered in this browser; without storage it holds until the page is closed. */
export function setLanguage(next: Language): void {
  if (next === language) return
  language = next
  applyToDocument()
  try {
    localStorage.setItem(STORAGE_KEY, next)
  } catch {
    // Private mode or a full disk: the choice still holds for this page.
  }
  for (const listener of listeners) listener()
}

/** BCP 47 tag for Intl and `<html lang>`. */
export const LOCALES: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' }

const STORAGE_KEY = 'gongping.language'
const listeners = new Set<() => void>()
let language: Language = storedLanguage()
applyToDocument()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function storedLanguage(): Language {
  try {
    return globalThis.localStorage?.getItem(STORAGE_KEY) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

function applyToDocument(): void {
  if (typeof document !== 'undefined') document.documentElement.lang = LOCALES[language]
}
