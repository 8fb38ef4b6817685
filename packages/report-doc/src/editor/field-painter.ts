import type { FieldRef } from '@gongping/scoring'
import { $getNodeByKey, type LexicalEditor, type NodeKey, type NodeMutation, mergeRegister } from 'lexical'
import { $isFactFieldNode, FactFieldNode } from './nodes/fact-field-node.ts'
import { type PaintedField, type ResolveField, setFieldResolver } from './nodes/painted-text.ts'
import { $isScoreFieldNode, ScoreFieldNode } from './nodes/score-field-node.ts'

export interface FieldPainter {
  /** Shows what every field is bound to; later fields are painted the same way as soon as they appear. */
  paint(resolve: ResolveField): void
  destroy(): void
}

/** Puts numbers into the fields of a text. They are painted, not edited: the document does not change. Needs a DOM. */
export function createFieldPainter(editor: LexicalEditor): FieldPainter {
  const fields = new Map<NodeKey, MountedField>()
  let resolveField: ResolveField | null = null

  const onMutations = (mutations: Map<NodeKey, NodeMutation>) => {
    for (const [key, mutation] of mutations) {
      const field = mutation === 'destroyed' ? null : mountedField(editor, key)
      if (field === null) fields.delete(key)
      else {
        fields.set(key, field)
        if (resolveField !== null) show(field, resolveField)
      }
    }
  }
  const unregister = mergeRegister(
    editor.registerMutationListener(ScoreFieldNode, onMutations, { skipInitialization: false }),
    editor.registerMutationListener(FactFieldNode, onMutations, { skipInitialization: false }),
  )
  return {
    paint(resolve) {
      resolveField = resolve
      setFieldResolver(editor, resolve)
      for (const field of fields.values()) show(field, resolve)
    },
    destroy() {
      unregister()
      setFieldResolver(editor, null)
      fields.clear()
    },
  }
}

interface MountedField {
  readonly element: HTMLElement
  readonly ref: FieldRef
  shown: PaintedField | null
}

function mountedField(editor: LexicalEditor, key: NodeKey): MountedField | null {
  const element = editor.getElementByKey(key)
  const ref = editor.read('latest', () => {
    const node = $getNodeByKey(key)
    return $isScoreFieldNode(node) || $isFactFieldNode(node) ? node.getRef() : null
  })
  return element === null || ref === null ? null : { element, ref, shown: null }
}

/** Touches the page only where something is new. */
function show(field: MountedField, resolve: ResolveField) {
  const { element, ref, shown } = field
  const next = resolve(ref)
  if (shown?.text !== next.text || shown.tail !== next.tail) element.replaceChildren(next.text, ...tailOf(next))
  if (shown?.onPaper !== next.onPaper) {
    if (next.onPaper === undefined) delete element.dataset['paper']
    else element.dataset['paper'] = next.onPaper
  }
  if (shown?.title !== next.title) element.title = next.title
  if (shown === null || shown.state !== next.state) {
    if (next.state === undefined) delete element.dataset['state']
    else element.dataset['state'] = next.state
  }
  field.shown = next
}

function tailOf({ tail }: PaintedField): readonly HTMLElement[] {
  if (tail === undefined) return []
  const element = document.createElement('em')
  element.textContent = tail
  return [element]
}
