import type { FieldRef } from '../../narrative.ts'
import { toHalfWidth } from '../../number-text.ts'
import { formatPoints, parsePoints } from '../../points.ts'
import { scoredIndicators } from '../../score.ts'
import { indicatorIndex, leavesOf } from '../../templates.ts'
import type { Hundredths, Indicator, Template } from '../../template.ts'
import { withoutDocumentNames } from '../dates.ts'
import {
  type Paragraph,
  type ReportView,
  type SectionView,
  explanationOf,
  nearestIndicator,
  paragraphsBelow,
  placeOf,
} from '../report-view.ts'
import type { Hit, Rule } from '../rule.ts'
import { andEn, andZh, pointsEn, pointsZh, quotedList, shorten } from '../words.ts'

export const TEXT_RULES: readonly Rule[] = [
  {
    id: 'SUM-07',
    severity: 'error',
    check: (view) => view.paragraphs.flatMap((paragraph) => statedTotal(view, paragraph)),
  },
  { id: 'TXT-01', severity: 'error', check: statedScores },
  { id: 'TXT-02', severity: 'error', check: statedWeights },
  {
    id: 'TXT-03',
    severity: 'error',
    check: (view) => view.purpose('conclusion').flatMap((section) => lackingConclusion(view, section)),
  },
  {
    id: 'TXT-04',
    severity: 'warning',
    check: (view) => view.purpose('conclusion').flatMap((section) => contradictingWords(view, section)),
  },
  { id: 'TXT-05', severity: 'error', check: unexplainedDeductions },
  {
    id: 'TXT-07',
    severity: 'warning',
    check: (view) => analysed(view).flatMap((leaf) => explanationWithoutFacts(view, leaf)),
  },
  {
    id: 'TXT-11',
    severity: 'warning',
    check: (view) => view.purpose('problems').flatMap((section) => unmentionedDeductions(view, section)),
  },
  { id: 'TXT-13', severity: 'error', check: (view) => analysed(view).flatMap((leaf) => emptyExplanation(view, leaf)) },
  { id: 'TXT-14', severity: 'warning', check: (view) => view.purpose('goals').flatMap(unmeasurableGoals) },
]

const number = String.raw`(\d{1,6}(?:\.\d{1,6})?)`
const totalPattern = new RegExp(
  String.raw`(自评总得分|自评总分|综合得分|总得分|总分)(?:数)?(?:为|是|：|:|达到?|共|计|得)?\s*${number}\s*分`,
  'g',
)
const scorePattern = new RegExp(String.raw`自评得(?:分)?(?:为|是|：|:)?\s*${number}\s*分`, 'g')
const pointsPattern = new RegExp(String.raw`(?<![\d.])${number}\s*分`, 'g')
const weightPattern = new RegExp(String.raw`[（(]\s*${number}\s*分`, 'g')

/** Leaves that the text has to explain; a template that is only a table has none. */
function analysed(view: ReportView): readonly Indicator[] {
  const hasAnalysis = view.template.sections.some((section) => section.kind === 'indicatorAnalysis')
  return hasAnalysis ? leavesOf(view.template) : []
}

function points(text: string | undefined): Hundredths | null {
  const parsed = parsePoints(text ?? '')
  return parsed.ok ? parsed.value : null
}

function quoteOf(paragraph: Pick<Paragraph, 'typed'>, match: RegExpMatchArray): string {
  const start = match.index ?? 0
  return paragraph.typed.slice(start, start + match[0].length)
}

interface StatedPoints {
  readonly match: RegExpMatchArray
  readonly points: Hundredths
}

/** Totals written by hand. In the conclusion “自评得分” without an indicator's name before it is the total as well. */
function statedTotals(
  view: ReportView,
  text: string,
  { conclusion }: { readonly conclusion: boolean },
): readonly StatedPoints[] {
  const scores = conclusion ? [...text.matchAll(scorePattern)] : []
  const ofTotal = scores.filter((match) => !nameBefore(view.template.indicators, text.slice(0, match.index)))
  return [...text.matchAll(totalPattern), ...ofTotal].flatMap((match) => {
    const stated = points(match.at(-1))
    // “总分100分” names what can be reached.
    const isMaximum = stated === view.template.totalWeight && match[1] === '总分'
    return stated === null || isMaximum ? [] : [{ match, points: stated }]
  })
}

function statedTotal(view: ReportView, paragraph: Paragraph): readonly Hit[] {
  const { total } = view.score.self
  if (total === null) return []
  const conclusion = paragraph.section.templateSection?.purpose === 'conclusion'
  return statedTotals(view, paragraph.plain, { conclusion })
    .filter((stated) => stated.points !== total)
    .map((stated) => ({
      where: { ...placeOf(paragraph), quote: quoteOf(paragraph, stated.match) },
      message: {
        zh: `正文写总分${pointsZh(stated.points)}，得分表合计为${pointsZh(total)}。`,
        en: `The text states a total of ${formatPoints(stated.points)}; the score table adds up to ${formatPoints(total)}.`,
      },
      suggestion: pointsZh(total),
    }))
}

function statedScores(view: ReportView): readonly Hit[] {
  const hits: Hit[] = []
  const compare = (
    indicator: Indicator,
    match: RegExpMatchArray,
    stated: Hundredths | null,
    where: Hit['where'],
  ): void => {
    const score = view.scoreOf(indicator, 'self')?.score ?? null
    if (score === null || stated === null || stated === score) return
    hits.push({
      where: { ...where, indicatorId: indicator.id },
      message: {
        zh: `正文写“${indicator.name}”自评得${pointsZh(stated)}，得分表为${pointsZh(score)}。`,
        en: `The text states ${pointsEn(stated)} for “${indicator.name}”; the score table has ${formatPoints(score)}.`,
      },
      suggestion: match[0].replace(match.at(-1) ?? '', formatPoints(score)),
    })
  }
  for (const section of view.sections) {
    const id = nearestIndicator(section)
    const about = id === null ? undefined : view.indicator(id)
    const title = section.section.title.text
    if (about && section.indicatorId !== null) {
      for (const match of halfWidthMatches(title, scorePattern)) {
        compare(about, match, points(match[1]), { sectionId: section.id, quote: quoteOf({ typed: title }, match) })
      }
    }
    for (const paragraph of section.paragraphs) {
      if (!about) continue
      for (const match of paragraph.plain.matchAll(scorePattern)) {
        const named = nameBefore(about.children, paragraph.plain.slice(0, match.index))
        compare(named ?? about, match, points(match[1]), { ...placeOf(paragraph), quote: quoteOf(paragraph, match) })
      }
    }
  }
  const pattern = namedScorePattern(view.template)
  const byName = new Map<string, Indicator | null>()
  for (const indicator of indicatorIndex(view.template).values()) {
    byName.set(indicator.name, byName.has(indicator.name) ? null : indicator)
  }
  for (const paragraph of view.purpose('conclusion').flatMap(paragraphsBelow)) {
    for (const match of paragraph.plain.matchAll(pattern)) {
      const indicator = byName.get(match[1] ?? '')
      const stated = points(match[2])
      // “决策20分” may as well quote the weight.
      if (!indicator || stated === indicator.weight) continue
      compare(indicator, match, stated, { ...placeOf(paragraph), quote: quoteOf(paragraph, match) })
    }
  }
  return hits
}

/** The one of these indicators and those below them that is named just before a score, e.g. “完整性自评得1.7分” in a paragraph of its parent. */
function nameBefore(indicators: readonly Indicator[], before: string): Indicator | undefined {
  const near = before.slice(-30)
  let found: Indicator | undefined
  let foundAt = -1
  const visit = (one: Indicator): void => {
    const at = near.lastIndexOf(one.name)
    if (at > foundAt) [found, foundAt] = [one, at]
    one.children.forEach(visit)
  }
  indicators.forEach(visit)
  return found
}

const namedScorePatterns = new WeakMap<Template, RegExp>()

function namedScorePattern(template: Template): RegExp {
  const known = namedScorePatterns.get(template)
  if (known) return known
  const names = [...indicatorIndex(template).values()].map(({ name }) => name).toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(
    `(${names.map(escapeRegExp).join('|')})(?:类|指标)?(?:自评)?(?:得分|得)?(?:为|是|：|:)?\\s*${number}\\s*分`,
    'g',
  )
  namedScorePatterns.set(template, pattern)
  return pattern
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
}

function statedWeights(view: ReportView): readonly Hit[] {
  return view.sections.flatMap((section) => {
    const indicator = section.indicatorId === null ? undefined : view.indicator(section.indicatorId)
    if (!indicator) return []
    const title = section.section.title.text
    return halfWidthMatches(title, weightPattern).flatMap((match) => {
      const stated = points(match[1])
      if (stated === null || stated === indicator.weight) return []
      return [
        {
          where: { indicatorId: indicator.id, sectionId: section.id, quote: quoteOf({ typed: title }, match) },
          message: {
            zh: `标题写“${indicator.name}”分值${pointsZh(stated)}，模板为${pointsZh(indicator.weight)}。`,
            en: `The heading gives “${indicator.name}” a weight of ${formatPoints(stated)}; the template has ${formatPoints(indicator.weight)}.`,
          },
          suggestion: pointsZh(indicator.weight),
        },
      ]
    })
  })
}

function halfWidthMatches(text: string, pattern: RegExp): readonly RegExpMatchArray[] {
  return [...toHalfWidth(text).matchAll(pattern)]
}

function lackingConclusion(view: ReportView, section: SectionView): readonly Hit[] {
  const { total, grade, byIndicator } = view.score.self
  const paragraphs = paragraphsBelow(section)
  const shown = paragraphs.map((paragraph) => paragraph.shown).join('\n')
  if (shown.trim() === '') return []
  const fields = paragraphs.flatMap((paragraph) => paragraph.line.fields)
  const level1 = view.template.indicators
  const lackingZh: string[] = []
  const lackingEn: string[] = []
  if (!hasField(fields, null, ['score', 'heading']) && !statesTotal(view, shown)) {
    lackingZh.push(`自评总分${total === null ? '' : `（应为${pointsZh(total)}）`}`)
    lackingEn.push(`the total${total === null ? '' : ` (${formatPoints(total)})`}`)
  }
  if (!hasField(fields, null, ['grade']) && statedGrade(view, shown) === null) {
    lackingZh.push(`等级${grade === null ? '' : `（应为“${grade}”）`}`)
    lackingEn.push(`the grade${grade === null ? '' : ` (“${grade}”)`}`)
  }
  const allStated = level1.every(
    ({ id, name }) => hasField(fields, id, ['score', 'heading']) || scoreFollows(shown, name),
  )
  if (!allStated) {
    lackingZh.push('各一级指标得分')
    lackingEn.push('the level-1 scores')
  }
  if (lackingZh.length === 0) return []
  const first = paragraphs[0]
  return [
    {
      where: { sectionId: section.id, ...(first ? { paragraphId: first.id } : {}) },
      message: {
        zh: `自评结论没有写明${andZh(lackingZh)}。`,
        en: `The conclusion does not state ${andEn(lackingEn)}.`,
      },
      ...(total === null || grade === null
        ? {}
        : {
            suggestion: `自评得分${pointsZh(total)}，等级为“${grade}”，其中${level1
              .map(({ id, name }) => `${name}${pointsZh(byIndicator.get(id)?.score ?? 0)}`)
              .join('、')}。`,
          }),
    },
  ]
}

function hasField(fields: readonly FieldRef[], indicatorId: string | null, forms: readonly string[]): boolean {
  return fields.some(
    (field) => field.kind === 'score' && field.indicatorId === indicatorId && forms.includes(field.form),
  )
}

function statesTotal(view: ReportView, shown: string): boolean {
  if (statedTotals(view, shown, { conclusion: true }).length > 0) return true
  const { total } = view.score.self
  return [...shown.matchAll(pointsPattern)].some((match) => total !== null && points(match[1]) === total)
}

/** The name followed by points before the next full stop. */
function scoreFollows(shown: string, name: string): boolean {
  for (let at = shown.indexOf(name); at >= 0; at = shown.indexOf(name, at + name.length)) {
    if (/^[^。；\d]{0,12}\d+(?:\.\d+)?\s*分/.test(shown.slice(at + name.length, at + name.length + 40))) return true
  }
  return false
}

interface StatedGrade {
  readonly name: string
  readonly at: number
}

const gradePatterns = new WeakMap<Template, readonly RegExp[]>()

/** A grade stated as such: “等级为优”, “评定为‘良’”, “优”. */
function gradePatternsOf(template: Template): readonly RegExp[] {
  const known = gradePatterns.get(template)
  if (known) return known
  const names = template.grades.map((grade) => escapeRegExp(grade.name)).join('|')
  const end = String.raw`(?=[”"'’」，。；、,;）)\s]|等|级|档|秀|好|$)`
  const patterns = [
    new RegExp(
      `(?:(?:等级|等次|档次)(?:评定为|评为|确定为|属于|达到|为|是|：|:)?|评定为|评为|定为)\\s*[“"'‘「]?(${names})${end}`,
    ),
    new RegExp(`[“"'‘「](${names})[”"'’」]`),
  ]
  gradePatterns.set(template, patterns)
  return patterns
}

function statedGrade(view: ReportView, text: string): StatedGrade | null {
  for (const pattern of gradePatternsOf(view.template)) {
    const match = pattern.exec(text)
    if (match) return { name: match[1] ?? '', at: match.index }
  }
  return null
}

/** Words of a judgement and the grade they belong to. */
const judgements = [
  [/优秀/, '优'],
  [/良好/, '良'],
  [/中等|一般(?!公共|债|预算|性|转移)/, '中'],
  [/较低/, '低'],
  [/较差/, '差'],
] as const

/** A judgement of the project, not of something in it. */
const judgesProject = /完成|绩效|评价|总体|自评|实施|目标|效果|结果|执行/

function contradictingWords(view: ReportView, section: SectionView): readonly Hit[] {
  const { total, grade } = view.score.self
  if (total === null || grade === null) return []
  for (const paragraph of paragraphsBelow(section)) {
    const stated = statedGrade(view, paragraph.plain)
    if (stated && stated.name !== grade) {
      return [contradiction(paragraph, { word: stated.name, at: stated.at, total, grade })]
    }
    for (const { 0: clause, index } of paragraph.plain.matchAll(/[^，。；！？,;!?\n]+/g)) {
      if (!judgesProject.test(clause)) continue
      for (const [words, name] of judgements) {
        const word = words.exec(clause)
        const known = view.template.grades.some((one) => one.name === name)
        if (word && known && name !== grade) {
          return [contradiction(paragraph, { word: word[0], at: index + word.index, total, grade })]
        }
      }
    }
  }
  return []
}

function contradiction(
  paragraph: Paragraph,
  {
    word,
    at,
    total,
    grade,
  }: { readonly word: string; readonly at: number; readonly total: Hundredths; readonly grade: string },
): Hit {
  return {
    where: { ...placeOf(paragraph), quote: clauseAt(paragraph.typed, at) },
    message: {
      zh: `结论用语为“${word}”，而自评总分${pointsZh(total)}对应等级“${grade}”，两者不一致。`,
      en: `The conclusion says “${word}”, but a total of ${formatPoints(total)} means the grade “${grade}”.`,
    },
  }
}

const clauseEnd = /[，。；！？,;!?\n]/

/** The words between two commas or stops around a place. */
export function clauseAt(text: string, at: number): string {
  let start = at
  while (start > 0 && !clauseEnd.test(text[start - 1] ?? '')) start -= 1
  let end = at
  while (end < text.length && !clauseEnd.test(text[end] ?? '')) end += 1
  return text.slice(start, end)
}

function unexplainedDeductions(view: ReportView): readonly Hit[] {
  return deducted(view)
    .filter(({ indicator }) => indicator.reasonRequiredBelowWeight)
    .filter(({ indicator }) => view.answerOf(indicator, 'self').reason.trim() === '')
    .map(({ indicator, score, deduction }) => ({
      where: { ...view.place(indicator.id), deduction: deduction / 100 },
      message: {
        zh: `“${indicator.name}”分值${pointsZh(indicator.weight)}、自评${pointsZh(score)}，扣${pointsZh(deduction)}，但没有写扣分原因。`,
        en: `“${indicator.name}” is scored ${formatPoints(score)} of ${formatPoints(indicator.weight)}: ${pointsEn(deduction)} off, and no reason given.`,
      },
    }))
}

interface Deducted {
  readonly indicator: Indicator
  readonly score: Hundredths
  readonly deduction: Hundredths
}

/** What lost points in the self-evaluation: leaves, or a parent with a joint score. */
function deducted(view: ReportView): readonly Deducted[] {
  return scoredIndicators(view.template, view.score.self).flatMap((indicator) => {
    const score = view.scoreOf(indicator, 'self')?.score ?? null
    if (score === null || score >= indicator.weight) return []
    return [{ indicator, score, deduction: indicator.weight - score }]
  })
}

function explanationWithoutFacts(view: ReportView, leaf: Indicator): readonly Hit[] {
  const section = view.sectionOf(leaf.id)
  const explanation = explanationOf(section)
  const [first] = explanation
  if (!section || !first || explanation.some(namesFacts)) return []
  return [
    {
      where: { indicatorId: leaf.id, sectionId: section.id, paragraphId: first.id },
      message: {
        zh: `“${leaf.name}”的说明没有数字、日期或文件名称，缺少事实依据。`,
        en: `The explanation of “${leaf.name}” has no number, date or document name.`,
      },
    },
  ]
}

/** A number or a title; the points themselves are no fact. */
function namesFacts({ plain, line }: Paragraph): boolean {
  if (line.fields.some((field) => field.kind === 'fact')) return true
  return /\d|《[^《》]{1,200}》/.test(plain.replace(scorePattern, ''))
}

function unmentionedDeductions(view: ReportView, section: SectionView): readonly Hit[] {
  const text = paragraphsBelow(section)
    .map((paragraph) => paragraph.shown)
    .concat(section.children.map((child) => child.title))
    .join('\n')
  const missing = deducted(view).filter(({ indicator }) => !mentions(view, text, indicator))
  if (missing.length === 0) return []
  const byBranch = new Map<Indicator, Hundredths>()
  for (const { indicator, deduction } of missing) {
    const branch = ancestorAt(view, indicator, 2)
    byBranch.set(branch, (byBranch.get(branch) ?? 0) + deduction)
  }
  const [most] = [...byBranch].toSorted(([, a], [, b]) => b - a)
  const names = missing.map(({ indicator }) => indicator.name)
  const several = most !== undefined && missing.length > 1
  return [
    {
      where: { sectionId: section.id, indicatorIds: missing.map(({ indicator }) => indicator.id) },
      message: {
        zh: `扣分指标${quotedList(names)}在“${section.title}”中没有对应内容${
          several ? `；其中扣分最多的是${most[0].name}（${pointsZh(most[1])}）` : ''
        }。`,
        en: `Under “${section.title}” nothing is said about ${quotedList(names)}, which lost points${
          several ? `; most of them “${most[0].name}” (${formatPoints(most[1])})` : ''
        }.`,
      },
    },
  ]
}

/** By its own name or that of an indicator above it; level-1 names (决策, 管理) are too common a word. */
function mentions(view: ReportView, text: string, indicator: Indicator): boolean {
  for (let one: Indicator | undefined = indicator; one && one.level > 1;) {
    if (text.includes(one.name.replace(/[（(].*$/, ''))) return true
    one = one.parentId === null ? undefined : view.indicator(one.parentId)
  }
  return false
}

function ancestorAt(view: ReportView, indicator: Indicator, level: number): Indicator {
  let one = indicator
  while (one.level > level && one.parentId !== null) {
    const parent = view.indicator(one.parentId)
    if (!parent) return one
    one = parent
  }
  return one
}

function emptyExplanation(view: ReportView, leaf: Indicator): readonly Hit[] {
  const section = view.sectionOf(leaf.id)
  if (explanationOf(section).length > 0) return []
  return [
    {
      where: view.place(leaf.id),
      message: {
        zh: section ? `“${leaf.name}”没有写说明。` : `正文中没有“${leaf.name}”的说明。`,
        en: section ? `“${leaf.name}” is not explained.` : `The text does not explain “${leaf.name}”.`,
      },
    },
  ]
}

function unmeasurableGoals(section: SectionView): readonly Hit[] {
  const paragraphs = paragraphsBelow(section)
  const [first] = paragraphs.filter((paragraph) => paragraph.shown.trim() !== '')
  if (!first) return []
  const text = paragraphs.map((paragraph) => paragraph.shown).join('\n')
  const undated = withoutDocumentNames(text).replace(/\d{4}\s*年(?:\s*\d{1,2}\s*月)?(?:\s*\d{1,2}\s*日)?/g, '')
  if (/\d|百分之|[％%]/.test(undated)) return []
  const pastTense = /(?:实现|完成|取得|达到|提高|提升|建成)了/.test(text)
  return [
    {
      where: { sectionId: section.id, paragraphId: first.id },
      message: {
        zh: `“${shorten(section.title)}”没有任何可衡量的指标值${pastTense ? '，写的是已取得的成效而不是目标' : ''}。`,
        en: `“${shorten(section.title)}” has no measurable value${pastTense ? ' and tells results instead of goals' : ''}.`,
      },
    },
  ]
}
