/**
 * To the clipboard, after a click or a key. Browsers have none to give to pages that came over plain http, as they do in
 * many an office network; the command of old works there.
 *
 * @throws Error when the browser refuses
 */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard as Clipboard | undefined) return navigator.clipboard.writeText(text)
  const fill = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  window.addEventListener('copy', fill, { capture: true, once: true })
  const isDone = document.execCommand('copy')
  window.removeEventListener('copy', fill, { capture: true })
  if (!isDone) throw new Error('the browser did not copy')
}
