import { diffWords } from '@gongping/report-doc'

/** One change within a passage: `oldText` from `from` to `to` (UTF-16) becomes `newText`. */
export interface Rewrite {
  readonly from: number
  readonly to: number
  readonly oldText: string
  readonly newText: string
}

/** So much unchanged text in between makes two changes two suggestions, to be decided one by one. */
const APART = 10

/** What somebody rewrote, cut into changes that stand apart. Empty when nothing changed. */
export function splitRewrite(before: string, after: string): readonly Rewrite[] {
  const rewrites: Rewrite[] = []
  let open: { from: number; to: number; newText: string } | null = null
  let at = 0
  let between = ''
  const close = () => {
    if (open) rewrites.push({ ...open, oldText: before.slice(open.from, open.to) })
    open = null
  }
  for (const { op, text } of diffWords(before, after)) {
    if (op === 'equal') {
      between = text
      at += text.length
      continue
    }
    if (open && between.length >= APART) close()
    open ??= { from: at, to: at, newText: '' }
    open.newText += between.length > 0 && open.to < at ? between : ''
    open.to = at
    between = ''
    if (op === 'delete') {
      at += text.length
      open.to = at
    } else open.newText += text
  }
  close()
  return rewrites
}
