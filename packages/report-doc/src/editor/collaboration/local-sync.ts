import { type BindingV2, type Provider, syncLexicalUpdateToYjsV2__EXPERIMENTAL } from '@lexical/yjs'
import { $getNodeByKey, COLLABORATION_TAG, HISTORIC_TAG, type NodeKey, type UpdateListenerPayload } from 'lexical'
import * as Y from 'yjs'
import { $repairMapping } from './mapping-repair.ts'
import { $ensureTextSlots } from './text-slots.ts'

/** True for a change that came out of the document and must not be written back as somebody's edit. */
export const isFromDocument = (tags: ReadonlySet<string>) => tags.has(COLLABORATION_TAG) || tags.has(HISTORIC_TAG)

/**
 * Writes a change of the editor into its document, as one transaction with the binding as origin.
 *
 * @returns whether editor and document hold the same tree afterwards.
 */
export function syncLocalUpdate(binding: BindingV2, provider: Provider, payload: UpdateListenerPayload): boolean {
  const { prevEditorState, editorState, dirtyElements, dirtyLeaves, normalizedNodes, tags } = payload
  let isSame = true
  binding.doc.transact(() => {
    if (!isFromDocument(tags)) editorState.read(() => $keepIdentity(binding, dirtyElements.keys()))
    syncLexicalUpdateToYjsV2__EXPERIMENTAL(
      binding,
      provider,
      prevEditorState,
      editorState,
      dirtyElements,
      dirtyLeaves,
      normalizedNodes,
      tags as Set<string>,
    )
    if (dirtyElements.size === 0 && dirtyLeaves.size === 0) return
    editorState.read(() => {
      isSame = $repairMapping(binding)
      if (!isFromDocument(tags)) $ensureTextSlots(binding, dirtyElements.keys())
    })
  }, binding)
  return isSame
}

/**
 * Points Yjs elements to the changed versions of their nodes. @lexical/yjs compares versions, so it no longer knows a
 * changed block; with a new block beside it, it would write the one into the other and move the text along, away from
 * what others type there.
 */
function $keepIdentity({ mapping }: BindingV2, keys: Iterable<NodeKey>) {
  for (const key of keys) {
    const node = $getNodeByKey(key)
    const type = node === null ? undefined : mapping.getSharedType(node)
    if (node !== null && type instanceof Y.XmlElement) mapping.set(type, node)
  }
}
