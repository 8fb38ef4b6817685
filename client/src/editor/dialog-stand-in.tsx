import { Absence, type StandInProps } from '../app/later.tsx'
import { useWords } from '../app/language.ts'
import { appWords } from '../app/messages.ts'
import { Dialog } from './dialog.tsx'

/** In the place of a dialog that is not here yet, once that takes a while. It is closed as the dialog itself would be. */
export function DialogStandIn({ state, props: { onClose } }: StandInProps<{ readonly onClose: () => void }>) {
  const words = useWords(appWords)
  const isComing = state.kind === 'fetching'
  if (isComing && !state.isSlow) return null
  return (
    <Dialog title={isComing ? words.loading : words.partMissing} onClose={onClose}>
      {isComing ? null : (
        <div role="alert">
          <Absence state={state} />
        </div>
      )}
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  )
}
