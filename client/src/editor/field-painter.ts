import { FactFieldNode, ScoreFieldNode, setFieldResolver, type PaintedField } from '@gongping/report-doc/editor'
import type { FieldRef } from '@gongping/scoring'
import { mergeRegister, type LexicalEditor, type NodeKey } from 'lexical'

export interface FieldPainter {
  paint(resolve: (ref: FieldRef) => PaintedField): void
  destroy(): void
}

/** Puts live numbers into the fields of an editor, without a change of its content. */
export function createFieldPainter(editor: LexicalEditor): FieldPainter {
  const keys = new Set<NodeKey>()
  let resolve: ((ref: FieldRef) => PaintedField) | null = null
  const paintOne = (key: NodeKey) => {
    const element = editor.getElementByKey(key)
    const ref = editor.read('latest', () => {
      const node = editor.getEditorState()._nodeMap.get(key)
      return node instanceof ScoreFieldNode || node instanceof FactFieldNode ? node.getRef() : null
    })
    if (element === null || ref === null || resolve === null) return
    const { text, title, state } = resolve(ref)
    if (element.textContent !== text) element.replaceChildren(...piecesOf(text))
    if (element.title !== title) element.title = title
    if (element.dataset['state'] !== state) element.dataset['state'] = state ?? ''
  }
  const onMutation = (mutations: Map<NodeKey, 'created' | 'updated' | 'destroyed'>) => {
    for (const [key, kind] of mutations) {
      if (kind === 'destroyed') keys.delete(key)
      else {
        keys.add(key)
        paintOne(key)
      }
    }
  }
  const unregister = mergeRegister(
    editor.registerMutationListener(ScoreFieldNode, onMutation),
    editor.registerMutationListener(FactFieldNode, onMutation),
  )
  return {
    paint(next) {
      resolve = next
      setFieldResolver(editor, next)
      for (const key of keys) paintOne(key)
    },
    destroy() {
      unregister()
      setFieldResolver(editor, null)
    },
  }
}

/** Of `自评 3 / 4 分` the weight steps back. */
function piecesOf(text: string): readonly (string | HTMLElement)[] {
  const slash = text.indexOf(' / ')
  if (slash < 0) return [text]
  const weight = document.createElement('em')
  weight.textContent = text.slice(slash)
  return [text.slice(0, slash), weight]
}
