/** Id of the untitled section that holds what stands above the first heading. */
export const LOOSE_SECTION = 's0'

export interface BlockIds {
  /** Takes the next heading of the text; its depth in the tree is that of its nearest heading of a lower level, plus one. */
  heading(level: number): { readonly id: string; readonly parentId: string | null }
  /** Takes the next block. Null for blank lines above the first heading: they are no content. */
  block(props: { isBlank: boolean }): { readonly id: string; readonly parentId: string } | null
}

/** Gives headings and blocks their ids, in the order of the text. Ids follow from the position and nothing else. */
export function createBlockIds(): BlockIds {
  const open: Place[] = []
  const top: Place = { id: '', level: 0, sections: 0, blocks: 0 }
  const loose: Place = { id: LOOSE_SECTION, level: 0, sections: 0, blocks: 0 }
  return {
    heading(level) {
      while ((open.at(-1)?.level ?? 0) >= level) open.pop()
      const parent = open.at(-1) ?? null
      const position = ++(parent ?? top).sections
      const id = parent === null ? `s${position}` : `${parent.id}.${position}`
      open.push({ id, level, sections: 0, blocks: 0 })
      return { id, parentId: parent?.id ?? null }
    },
    block({ isBlank }) {
      const parent = open.at(-1) ?? loose
      if (parent === loose && loose.blocks === 0 && isBlank) return null
      return { id: `${parent.id}.p${++parent.blocks}`, parentId: parent.id }
    },
  }
}

interface Place {
  readonly id: string
  readonly level: number
  sections: number
  blocks: number
}
