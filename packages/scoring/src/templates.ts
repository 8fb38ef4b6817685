import guangdong from './templates/guangdong-2022.json' with { type: 'json' }
import national from './templates/national-2020-10.json' with { type: 'json' }
import { parseTemplate } from './parse-template.ts'
import type { Indicator, IndicatorId, Template } from './template.ts'

const templates: readonly Template[] = [parseTemplate(guangdong), parseTemplate(national)]

export function listTemplates(): readonly Template[] {
  return templates
}

export function findTemplate(id: string): Template | undefined {
  return templates.find((template) => template.id === id)
}

/** The scored indicators in the order of the score table. */
export function leavesOf(template: Template): readonly Indicator[] {
  return shapeOf(template).leaves
}

/** Every indicator by id, in the order of the score table. Built once per template. */
export function indicatorIndex(template: Template): ReadonlyMap<IndicatorId, Indicator> {
  return shapeOf(template).index
}

interface Shape {
  readonly leaves: readonly Indicator[]
  readonly index: ReadonlyMap<IndicatorId, Indicator>
}
const shapes = new WeakMap<Template, Shape>()

function shapeOf(template: Template): Shape {
  const known = shapes.get(template)
  if (known) return known
  const leaves: Indicator[] = []
  const index = new Map<IndicatorId, Indicator>()
  const visit = (indicator: Indicator): void => {
    index.set(indicator.id, indicator)
    if (indicator.children.length === 0) leaves.push(indicator)
    indicator.children.forEach(visit)
  }
  template.indicators.forEach(visit)
  const shape = { leaves, index }
  shapes.set(template, shape)
  return shape
}
