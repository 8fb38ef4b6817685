/** The fields that style sheets size by their content. */
const GROWING = '.cover-row textarea, .writer textarea, .text-area'
const LOOK_MS = 250

/**
 * Does what `field-sizing: content` does, for browsers without it. Others fill fields as well as whoever types in them,
 * so they are looked at now and then.
 */
export function growFields(): void {
  setInterval(() => {
    for (const field of document.querySelectorAll<HTMLTextAreaElement>(GROWING)) fit(field)
  }, LOOK_MS)
}

const fitted = new WeakMap<HTMLTextAreaElement, string>()

function fit(field: HTMLTextAreaElement): void {
  const { value, clientWidth } = field
  const now = `${clientWidth} ${value}`
  if (clientWidth === 0 || fitted.get(field) === now) return
  fitted.set(field, now)
  const edges = field.offsetHeight - field.clientHeight
  // It can only shrink by being made small first, which moves what is scrolled around it.
  const scrolled = around(field).map((element) => [element, element.scrollTop] as const)
  field.style.height = 'auto'
  // What is empty is as high as its style says.
  if (value !== '') field.style.height = `${field.scrollHeight + edges}px`
  for (const [element, top] of scrolled) element.scrollTop = top
}

function around(element: Element): Element[] {
  const parent = element.parentElement
  return parent === null ? [] : [...(parent.scrollTop > 0 ? [parent] : []), ...around(parent)]
}
