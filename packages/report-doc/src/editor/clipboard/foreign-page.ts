/** A page of another program, parsed so that nothing in it runs, loads or is styled. */
export interface ForeignPage {
  readonly body: HTMLElement
  /** What the element itself or its classes set for a property, in lower case; '' for nothing. Nothing is inherited. */
  styleOf(element: Element, property: string): string
}

/**
 * Needs a DOM to parse with. A page parsed under a content security policy has no inline styles, and each of them is
 * reported on the console; so they are read from attributes of another name, and style sheets before they are parsed.
 */
export function readForeignPage(html: string): ForeignPage {
  const { markup, css } = splitStyleSheets(html)
  const { body } = new DOMParser().parseFromString(withInertAttributes(markup), 'text/html')
  const rules = classRules(css)
  return {
    body,
    styleOf(element, property) {
      const own = declared(element.getAttribute(STYLE_ATTRIBUTE) ?? '', property)
      if (own !== '') return own
      const tag = element.tagName.toLowerCase()
      for (const name of element.classList) {
        const value =
          declared(rules.get(`${tag}.${name}`) ?? '', property) || declared(rules.get(`.${name}`) ?? '', property)
        if (value !== '') return value
      }
      return ''
    },
  }
}

const STYLE_ATTRIBUTE = 'data-foreign-style'

function splitStyleSheets(html: string): { markup: string; css: string } {
  const start = /<style[\s>]/gi
  const end = /<\/style\s*>/gi
  let markup = ''
  let css = ''
  let from = 0
  for (let open = start.exec(html); open !== null; open = start.exec(html)) {
    end.lastIndex = open.index
    const close = end.exec(html)
    markup += html.slice(from, open.index)
    css += html.slice(html.indexOf('>', open.index) + 1, close?.index)
    from = close === null ? html.length : end.lastIndex
    start.lastIndex = from
  }
  return { markup: markup + html.slice(from), css }
}

/** In every tag: `style` under another name, event handlers under one that means nothing. */
function withInertAttributes(markup: string): string {
  const start = /<[a-z]/gi
  let inert = ''
  let from = 0
  for (let open = start.exec(markup); open !== null; open = start.exec(markup)) {
    const end = endOfTag(markup, start.lastIndex)
    // A tag that never ends is no tag, and nothing after it is one.
    if (end === -1) break
    inert += markup.slice(from, open.index) + withoutEffect(markup.slice(open.index, end))
    from = end
    start.lastIndex = end
  }
  return inert + markup.slice(from)
}

function endOfTag(markup: string, from: number): number {
  const next = />|=\s*(["'])/g
  next.lastIndex = from
  for (let found = next.exec(markup); found !== null; found = next.exec(markup)) {
    const [, quote] = found
    if (quote === undefined) return next.lastIndex
    const close = markup.indexOf(quote, next.lastIndex)
    if (close === -1) return -1
    next.lastIndex = close + 1
  }
  return -1
}

const withoutEffect = (tag: string) =>
  tag.replaceAll(/"[^"]*"|'[^']*'|([\s/])(?:(style)|on[a-z]+)(?=\s*=)/gi, (found, before?: string, style?: string) =>
    before === undefined ? found : `${before}${style === undefined ? 'data-inert' : STYLE_ATTRIBUTE}`,
  )

/** Declarations by `tag.class` or `.class`, what word processors and spreadsheets write; other selectors are left out. */
function classRules(css: string): ReadonlyMap<string, string> {
  const rules = new Map<string, string>()
  const plain = css.replaceAll(/<!--|-->/g, '').replaceAll(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//g, '')
  for (const rule of plain.split('}')) {
    const brace = rule.lastIndexOf('{')
    if (brace === -1) continue
    const selectors = rule.slice(rule.lastIndexOf('{', brace - 1) + 1, brace)
    const declarations = rule.slice(brace + 1)
    for (const selector of selectors.split(',')) {
      const [, tag = '', name] = /^\s*([a-z0-9]*)\.([^\s.:>+~[]+)\s*$/i.exec(selector) ?? []
      if (name === undefined) continue
      const key = `${tag.toLowerCase()}.${name}`
      rules.set(key, `${declarations};${rules.get(key) ?? ''}`)
    }
  }
  return rules
}

function declared(declarations: string, property: string): string {
  for (const declaration of declarations.split(';')) {
    const colon = declaration.indexOf(':')
    if (colon > 0 && declaration.slice(0, colon).trim().toLowerCase() === property)
      return declaration
        .slice(colon + 1)
        .trim()
        .toLowerCase()
  }
  return ''
}
