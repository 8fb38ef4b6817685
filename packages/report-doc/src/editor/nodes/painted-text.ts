import type { FieldRef } from '@gongping/scoring'
import { $getEditor, type LexicalEditor } from 'lexical'

/** What a field shows. The document holds only what it is bound to. */
export interface PaintedField {
  readonly text: string
  /** Follows the text in a quieter tone, e.g. the weight after a score. */
  readonly tail?: string
  /** How it reads printed or copied, where that differs. */
  readonly onPaper?: string
  /** Shown on hover. */
  readonly title: string
  /** Becomes `data-state`, e.g. for a score that is missing. */
  readonly state?: string
}
export type ResolveField = (ref: FieldRef) => PaintedField

const resolvers = new WeakMap<LexicalEditor, ResolveField>()

/** From now on fields of this editor read as `resolve` says, for copying and searching. */
export function setFieldResolver(editor: LexicalEditor, resolve: ResolveField | null): void {
  if (resolve === null) resolvers.delete(editor)
  else resolvers.set(editor, resolve)
}

/** The text of a field right now, as on paper; empty where nothing paints, as on the server. */
export function $paintedText(ref: FieldRef): string {
  const editor = $findEditor()
  const painted = editor && resolvers.get(editor)?.(ref)
  return painted?.onPaper ?? painted?.text ?? ''
}

/** Lexical also asks for text while it reads a state without an editor. */
function $findEditor(): LexicalEditor | null {
  try {
    return $getEditor()
  } catch {
    return null
  }
}
