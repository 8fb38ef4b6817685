import type { Indicator, IndicatorId, Template } from '@gongping/scoring'

export interface GridRow {
  readonly indicator: Indicator
  readonly isGroup: boolean
  readonly expanded: boolean
  /** Position among its siblings, from 1. */
  readonly position: number
  readonly siblings: number
}

/** The rows on show, top to bottom: nothing below a collapsed group. */
export function visibleRows(template: Template, collapsed: ReadonlySet<IndicatorId>): readonly GridRow[] {
  const rows: GridRow[] = []
  const visit = (indicators: readonly Indicator[]) => {
    indicators.forEach((indicator, index) => {
      const isGroup = indicator.children.length > 0
      const expanded = isGroup && !collapsed.has(indicator.id)
      rows.push({ indicator, isGroup, expanded, position: index + 1, siblings: indicators.length })
      if (expanded) visit(indicator.children)
    })
  }
  visit(template.indicators)
  return rows
}

/** Ids above an indicator, the nearest first. */
export function ancestors(index: ReadonlyMap<IndicatorId, Indicator>, id: IndicatorId): readonly IndicatorId[] {
  const found: IndicatorId[] = []
  for (let parent = index.get(id)?.parentId ?? null; parent !== null; parent = index.get(parent)?.parentId ?? null) {
    found.push(parent)
  }
  return found
}
