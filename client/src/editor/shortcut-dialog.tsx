import { useWords } from '../app/language.ts'
import { Dialog } from './dialog.tsx'
import { shortcutWords } from './shortcut-words.ts'
import { editorWords } from './words.ts'

export function ShortcutDialog({ onClose }: { onClose: () => void }) {
  const { close } = useWords(editorWords)
  const words = useWords(shortcutWords)
  return (
    <Dialog title={words.title} onClose={onClose}>
      <dl className="shortcuts">
        {words.list.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={onClose}>
          {close}
        </button>
      </div>
    </Dialog>
  )
}
