import { $selectedCellsAsText, REPORT_NODES, registerReportText } from '@gongping/report-doc/editor'
import { GetClipboardDataExtension } from '@lexical/clipboard'
import { buildEditorFromExtensions } from '@lexical/extension'
import { ListExtension } from '@lexical/list'
import { RichTextExtension } from '@lexical/rich-text'
import { TableExtension } from '@lexical/table'
import { configExtension, defineExtension, type LexicalEditorWithDispose } from 'lexical'
import { TabKeysExtension } from './tab-keys.ts'

/**
 * An editor for the text of a report, empty and not editable: content comes from the collaboration only.
 * `onError` hears of every error inside the editor; after one its content must not be trusted.
 */
export function createReportEditor({ onError }: { onError: (error: Error) => void }): LexicalEditorWithDispose {
  return buildEditorFromExtensions(
    defineExtension({
      name: '@gongping/report-editor',
      namespace: 'gongping-report',
      editable: false,
      $initialEditorState: null,
      nodes: () => REPORT_NODES,
      dependencies: [
        RichTextExtension,
        ListExtension,
        configExtension(TableExtension, { hasCellBackgroundColor: false, hasCellMerge: false }),
        TabKeysExtension,
        configExtension(GetClipboardDataExtension, {
          $exportMimeType: {
            'text/plain': [(selection, next) => (selection && $selectedCellsAsText(selection)) ?? next()],
          },
        }),
      ],
      theme: {
        text: {
          bold: 'bold',
          underline: 'underlined',
        },
        list: { nested: { listitem: 'nested' }, olDepth: ['ol-1', 'ol-2', 'ol-3'] },
        table: 'paper-table',
        tableSelection: 'table-selecting',
        tableCellSelected: 'cell-selected',
        tableScrollableWrapper: 'table-scroll',
        collaboration: { cursor: 'remote-caret', cursorName: 'remote-name' },
      },
      register: registerReportText,
      onError,
    }),
  )
}
