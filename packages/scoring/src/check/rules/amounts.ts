import { findNumber, isBlank, listRowKeys, toRational } from '../../facts.ts'
import { parseMoney } from '../../points.ts'
import { compare } from '../../rational.ts'
import { leavesOf } from '../../templates.ts'
import type { Indicator } from '../../template.ts'
import { withoutDocumentNames } from '../dates.ts'
import { type Paragraph, type ReportView, nearestIndicator, placeOf } from '../report-view.ts'
import type { Hit, Rule } from '../rule.ts'
import { pointsZh, shorten } from '../words.ts'

export const AMOUNT_RULES: readonly Rule[] = [
  { id: 'AMT-03', severity: 'warning', check: (view) => view.paragraphs.flatMap(rateWithoutAmounts) },
  { id: 'AMT-04', severity: 'warning', check: (view) => view.paragraphs.flatMap(totalWithoutBreakdown) },
  { id: 'AMT-06', severity: 'error', check: differingQuantities },
  {
    id: 'AMT-07',
    severity: 'warning',
    check: (view) => leavesOf(view.template).flatMap((leaf) => unexplainedAchievement(view, leaf)),
  },
  {
    id: 'AMT-09',
    severity: 'warning',
    check: (view) => view.paragraphs.flatMap((paragraph) => dateOutsideYear(view, paragraph)),
  },
  { id: 'AMT-10', severity: 'error', check: moreThanAllowed },
]

/** What has to stand beside a rate. */
const amountsBehindRate: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  到位率: { zh: '应到位和实际到位的金额', en: 'the amounts due and received' },
  支出率: { zh: '实际支出金额', en: 'the amount spent' },
  支付率: { zh: '实际支付金额', en: 'the amount paid' },
  执行率: { zh: '预算数和执行数', en: 'the budget and the amount spent' },
}
const ratePattern =
  /(?:实际)?(?:资金|预算)?(到位率|支出率|支付率|执行率)\s*(?:均|都)?(?:为|是|达到|达|：|:)?\s*(\d{1,4}(?:\.\d{1,4})?)\s*%/g
const amountPattern = /[¥￥]\s*\d|\d\s*[万亿]?元/

function rateWithoutAmounts(paragraph: Paragraph): readonly Hit[] {
  if (amountPattern.test(paragraph.shown)) return []
  return [...paragraph.plain.matchAll(ratePattern)].flatMap((match) => {
    const [found, rate = '', percent = ''] = match
    const amounts = amountsBehindRate[rate]
    if (!amounts) return []
    return [
      {
        where: { ...placeOf(paragraph), quote: cut(paragraph, match.index, found) },
        message: {
          zh: `只写${rate}${percent}%，没有写${amounts.zh}。`,
          en: `${rate} ${percent}% is stated without ${amounts.en}.`,
        },
      },
    ]
  })
}

/** Quotes come from the text as typed; places are the same as in its half-width form. */
function cut({ typed }: Paragraph, start: number, found: string): string {
  return typed.slice(start, start + found.length)
}

const deviceUnits = '台套部架辆'
const otherUnits = '件张把只支块副本册条座间栋亩吨米'
const sum = String.raw`(\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,6})?)\s*(万元|元)`
const totalPattern = new RegExp(
  String.raw`[一-龥]{0,6}(?:一共|共计|合计|总计|总额|总价|总金额)(?:为|是|：|:)?\s*[¥￥]?\s*${sum}`,
  'g',
)
const itemPattern = new RegExp(String.raw`(\d{1,9})\s*([${deviceUnits}${otherUnits}])(?![次门分])`, 'g')
const unitPricePattern = new RegExp(
  String.raw`(?:单价|每[${deviceUnits}${otherUnits}])(?:为|是|：|:)?\s*[¥￥]?\s*${sum}|${sum}\s*[/／]\s*[${deviceUnits}${otherUnits}]`,
)

function totalWithoutBreakdown(paragraph: Paragraph): readonly Hit[] {
  const { plain } = paragraph
  const [total] = plain.matchAll(totalPattern)
  const items = total ? [...plain.matchAll(itemPattern)] : []
  if (!total || items.length === 0) return []
  let breakdown = 0
  let unpriced = 0
  items.forEach((item, at) => {
    // A price belongs to the item before it.
    const rest = plain.slice(item.index, items[at + 1]?.index ?? plain.length)
    const price = unitPricePattern.exec(rest)
    const amount = price ? money(price[1] ?? price[3], price[2] ?? price[4]) : null
    if (amount === null) unpriced += 1
    else breakdown += Number(item[1]) * amount
  })
  const where = { ...placeOf(paragraph), quote: cut(paragraph, total.index, total[0]) }
  if (unpriced > 0) {
    const kinds = countZh(unpriced)
    const things = items.every((item) => deviceUnits.includes(item[2] ?? '')) ? '设备' : '物品'
    return [
      {
        where,
        message: {
          zh: `只有总额，没有${kinds}类${things}的单价和小计，无法核对“数量×单价＝总额”。`,
          en: `Only the total is stated; without unit prices of ${unpriced} kinds of items it cannot be checked.`,
        },
      },
    ]
  }
  const stated = money(total[1], total[2])
  if (stated === null || stated === breakdown) return []
  return [
    {
      where,
      message: {
        zh: `数量×单价合计为${yuan(breakdown)}元，与所写总额${yuan(stated)}元不符。`,
        en: `Quantities times unit prices make ${yuan(breakdown)} yuan; the text states ${yuan(stated)}.`,
      },
    },
  ]
}

function money(digits: string | undefined, unit: string | undefined): number | null {
  const parsed = parseMoney(`${digits ?? ''}${unit ?? ''}`)
  return parsed.ok ? parsed.value : null
}

function yuan(amount: number): string {
  return (amount / 100).toFixed(2)
}

function countZh(count: number): string {
  return ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十'][count] ?? String(count)
}

interface Mention {
  readonly paragraph: Paragraph
  readonly quote: string
  readonly amount: number
}

/** A number, its unit and what is counted, up to the next mark or conjunction. */
const quantityPattern = new RegExp(
  String.raw`(?<![\d.第])(\d{1,9})\s*([${deviceUnits}${otherUnits}个名人户])\s*([一-龥（）()]{2,12})`,
  'g',
)
/** Words that make it another quantity: a share, an order, a difference. */
const otherQuantityBefore =
  /(?:每|各|其中|另|再|还|约|近|超|达|剩余?|新增|增加|减少|原有?|计划|拟|不足|少|多|已)[一-龥]{0,4}\s*$/

function differingQuantities(view: ReportView): readonly Hit[] {
  const items = listItems(view)
  const mentions = new Map<string, Mention[]>()
  for (const paragraph of view.paragraphs) {
    for (const match of paragraph.plain.matchAll(quantityPattern)) {
      const before = paragraph.plain.slice(Math.max(0, match.index - 8), match.index)
      if (otherQuantityBefore.test(before)) continue
      const item = items.find((one) => oneSpelling(match[3] ?? '').startsWith(one))
      if (item === undefined) continue
      const length = match[0].length - (match[3] ?? '').length + item.length
      const mention = {
        paragraph,
        quote: cut(paragraph, match.index, match[0].slice(0, length)),
        amount: Number(match[1]),
      }
      const known = mentions.get(item)
      if (known) known.push(mention)
      else mentions.set(item, [mention])
    }
  }
  const allowed = allowedQuantities(view)
  return [...mentions].flatMap(([item, found]) => differing(item, found, allowed.get(item)))
}

function differing(item: string, found: readonly Mention[], facts: ReadonlySet<number> | undefined): readonly Hit[] {
  const [first] = found
  if (!first) return []
  const other = found.find(({ amount }) => (facts ? !facts.has(amount) : amount !== first.amount))
  if (!other) return []
  const places = found.map(({ paragraph }) => paragraph.id)
  const stated = facts ? [...facts].join('、') : String(first.amount)
  return [
    {
      where: { ...placeOf(other.paragraph), paragraphIds: [...new Set(places)], quote: other.quote },
      // Without an output table two numbers may count two things; only a reader can tell.
      ...(facts ? {} : { severity: 'warning' as const }),
      message: {
        zh: `“${shorten(item)}”的数量前后不一致：此处为${other.amount}，${facts ? '产出明细' : '前文'}为${stated}。`,
        en: `The quantity of “${shorten(item)}” differs: ${other.amount} here, ${stated} ${facts ? 'in the output table' : 'before'}.`,
      },
    },
  ]
}

/** Names of counted things, longest first: those of the output table, and those that stand alone in the text. */
function listItems(view: ReportView): readonly string[] {
  const items = new Set(allowedQuantities(view).keys())
  for (const { plain } of view.paragraphs) {
    for (const match of plain.matchAll(quantityPattern)) {
      const after = plain.slice(match.index + match[0].length)
      const thing = oneSpelling(match[3] ?? '')
      const name = /^(.{2,8}?)(?:和|及|与|等|以及|$)/.exec(thing)?.[1]
      if (name !== undefined && (name.length < thing.length || /^(?:[，。；、,;]|$)/.test(after))) items.add(name)
    }
  }
  return [...items].toSorted((a, b) => b.length - a.length)
}

/** 镇（场） and 镇场 are one thing. */
function oneSpelling(name: string): string {
  return name.replace(/[（）()]/g, '')
}

/** What the output table says about each thing: planned and actual, either may be quoted. */
function allowedQuantities(view: ReportView): ReadonlyMap<string, ReadonlySet<number>> {
  const { facts } = view.data
  const allowed = new Map<string, Set<number>>()
  for (const row of listRowKeys(facts, 'outputs')) {
    const item = facts.get(`outputs.${row}.item`)
    const numbers = ['planned', 'actual'].flatMap((column) => {
      const value = toRational(facts.get(`outputs.${row}.${column}`))
      return value === null ? [] : [Number(value.n) / Number(value.d)]
    })
    if (typeof item !== 'string' || isBlank(item) || numbers.length === 0) continue
    const name = oneSpelling(item.trim())
    allowed.set(name, new Set([...(allowed.get(name) ?? []), ...numbers]))
  }
  return allowed
}

function unexplainedAchievement(view: ReportView, leaf: Indicator): readonly Hit[] {
  const one = view.scoreOf(leaf, 'self')
  if (!one) return []
  const hits: Hit[] = []
  if (one.score === leaf.weight && one.formulaScore !== null && one.formulaScore < leaf.weight) {
    hits.push({
      where: view.place(leaf.id),
      message: {
        zh: `“${leaf.name}”按数据只能得${pointsZh(one.formulaScore)}，却评了满分。`,
        en: `The data of “${leaf.name}” fall short of the target, but it has full marks.`,
      },
    })
  }
  const { action, threshold } = view.template.policies.overAchievement
  const explained = view.answerOf(leaf, 'self').reason.trim() !== ''
  if (action !== 'none' && one.achievement !== null && one.achievement > threshold && !explained) {
    const percent = Number((one.achievement * 100).toFixed(2))
    hits.push({
      where: view.place(leaf.id),
      message: {
        zh: `“${leaf.name}”完成了目标的${percent}%，超过${Math.round(threshold * 100)}%，应说明原因。`,
        en: `“${leaf.name}” reached ${percent}% of its target, above ${Math.round(threshold * 100)}%; say why.`,
      },
    })
  }
  return hits
}

const datePattern =
  /(?<!\d)((?:19|20)\d{2})\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|(?<![\d.])((?:19|20)\d{2})[-./]\d{1,2}[-./]\d{1,2}(?!\d)/g

/** Only where the text tells what was done with the year's money; notices and plans have dates of other years. */
function dateOutsideYear(view: ReportView, paragraph: Paragraph): readonly Hit[] {
  const { year } = view.year
  const { section } = paragraph
  const tellsResults = nearestIndicator(section) !== null || section.templateSection?.purpose === 'achievements'
  if (year === null || !tellsResults) return []
  return [...withoutDocumentNames(paragraph.plain).matchAll(datePattern)].flatMap((match) => {
    if (Number(match[1] ?? match[2]) === year) return []
    const quote = cut(paragraph, match.index, match[0])
    return [
      {
        where: { ...placeOf(paragraph), quote },
        message: {
          zh: `日期“${quote}”不在评价年度${year}年内。`,
          en: `The date ${quote} lies outside the evaluation year ${year}.`,
        },
      },
    ]
  })
}

function moreThanAllowed(view: ReportView): readonly Hit[] {
  const { template, data } = view
  return template.policies.notMoreThan.flatMap(([more, limit]) => {
    const first = findNumber(template, data.facts, { key: more, indicatorId: '' })
    const second = findNumber(template, data.facts, { key: limit, indicatorId: '' })
    if (first.state !== 'present' || second.state !== 'present' || compare(first.value, second.value) <= 0) return []
    const users = leavesOf(template).filter(
      ({ method }) => method.type === 'formula' && method.inputs.includes(more) && method.inputs.includes(limit),
    )
    if (users.some((leaf) => view.answerOf(leaf, 'self').reason.trim() !== '')) return []
    const [user] = users
    return [
      {
        where: { ...(user ? view.place(user.id) : {}), fields: [more, limit] },
        message: {
          zh: `“${view.fieldLabel(more)}”大于“${view.fieldLabel(limit)}”，没有说明原因。`,
          en: `“${view.fieldLabel(more)}” is more than “${view.fieldLabel(limit)}”, and no reason is given.`,
        },
      },
    ]
  })
}
