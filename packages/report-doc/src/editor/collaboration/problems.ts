import type { Message } from '@gongping/permissions'

/** Why the editor stopped taking part. It is read-only from then on and writes nothing until `resync` succeeds. */
export interface CollaborationProblem {
  readonly kind: 'unknown-node' | 'unreadable' | 'editor-error'
  readonly error: Error
  /** For the person at the screen. */
  readonly message: Message
}

/** The document contains something this program does not know; opened anyway, it would be lost. */
export class UnknownNodeError extends Error {
  override readonly name = 'UnknownNodeError'
  readonly nodeType: string

  constructor(nodeType: string) {
    super(`the document contains a node of the unknown type "${nodeType}"`)
    this.nodeType = nodeType
  }
}

/** The document cannot be shown without changing it. */
export class UnreadableDocumentError extends Error {
  override readonly name = 'UnreadableDocumentError'
}

export function toProblem(cause: unknown): CollaborationProblem {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  if (error instanceof UnknownNodeError) return { kind: 'unknown-node', error, message: MESSAGES.unknownNode }
  if (error instanceof UnreadableDocumentError) return { kind: 'unreadable', error, message: MESSAGES.unreadable }
  return { kind: 'editor-error', error, message: MESSAGES.editorError }
}

const MESSAGES = {
  unknownNode: {
    zh: '这份正文是用更新的版本编辑的，当前页面看不懂其中的内容。请刷新页面。正文没有改动。',
    en: 'This text was edited with a newer version and this page does not know part of it. Reload the page. The text is unchanged.',
  },
  unreadable: {
    zh: '正文暂时无法完整显示，已停止编辑以免丢失内容。请刷新页面。',
    en: 'The text cannot be shown completely, so editing was stopped to lose nothing. Reload the page.',
  },
  editorError: {
    zh: '编辑器出错，已停止编辑以免丢失内容，正在重新载入正文。',
    en: 'The editor hit an error. Editing was stopped to lose nothing; the text is being loaded again.',
  },
} as const satisfies Record<string, Message>
