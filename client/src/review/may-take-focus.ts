/** Whether the focus is within an element, or nowhere: who has gone on elsewhere meanwhile must not be taken away from there. */
export const mayTakeFocus = (element: HTMLElement | null): boolean =>
  document.activeElement === document.body || element?.contains(document.activeElement) === true
