import { useState } from 'react'
import type { ReactNode } from 'react'
import { later } from '../app/later.tsx'
import { DialogStandIn } from '../editor/dialog-stand-in.tsx'
import type { HistorySubject } from './history-dialog.tsx'
import type { HistoryOf } from './version-queries.ts'

export type { HistorySubject }

export const HistoryDialog = later(async () => (await import('./history-dialog.tsx')).HistoryDialog, {
  StandIn: DialogStandIn,
  afterPainting: false,
})

interface HistoryButtonProps {
  readonly reportId: string
  readonly of: HistoryOf
  /** What the reader calls it. */
  readonly name: string
  readonly className: string
  readonly children: ReactNode
}

/** Opens how one indicator or section came to be what it is; the dialog's program is fetched with the first click. */
export function HistoryButton({ reportId, of, name, className, children }: HistoryButtonProps) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={className} onClick={() => setOpen(true)}>
        {children}
      </button>
      {open ? <HistoryDialog reportId={reportId} subject={{ of, name }} onClose={() => setOpen(false)} /> : null}
    </>
  )
}
