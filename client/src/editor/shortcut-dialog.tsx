import { useWords } from '../app/language.ts'
import { Dialog } from './dialog.tsx'
import { editorWords } from './words.ts'

export function ShortcutDialog({ onClose }: { onClose: () => void }) {
  const words = useWords(editorWords)
  return (
    <Dialog title={words.shortcutTitle} onClose={onClose}>
      <dl className="shortcuts">
        {words.shortcutList.map(([keys, text]) => (
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
          {words.close}
        </button>
      </div>
    </Dialog>
  )
}
