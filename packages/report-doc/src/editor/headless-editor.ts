import { createHeadlessEditor as createEditorWithoutDom } from '@lexical/headless'
import type { LexicalEditor } from 'lexical'
import { REPORT_NODES } from './nodes/report-nodes.ts'

/** An editor for reports that needs no DOM. Errors inside updates are thrown unless a handler is given. */
export function createHeadlessEditor({ onError }: { onError?: (error: Error) => void } = {}): LexicalEditor {
  return createEditorWithoutDom({
    namespace: 'report',
    nodes: REPORT_NODES,
    onError: onError ?? throwError,
  })
}

function throwError(error: Error): never {
  throw error
}
