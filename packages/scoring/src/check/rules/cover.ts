import { isBlank } from '../../facts.ts'
import { toHalfWidth } from '../../number-text.ts'
import type { CoverField } from '../../template.ts'
import { formatDateIso, formatDateZh, parseDate, parseYear } from '../dates.ts'
import type { ReportView } from '../report-view.ts'
import type { Rule } from '../rule.ts'

const seal = '（公章）'

export const COVER_RULES: readonly Rule[] = [
  {
    id: 'CVR-01',
    severity: 'error',
    check: (view) =>
      view.template.cover
        .filter(({ key, required, fixed }) => required && fixed === null && key !== 'evaluationYear')
        .filter(({ key }) => isBlank(view.data.cover.get(key)))
        .map((field) => ({
          where: { field: field.key },
          message: {
            zh: `封面“${labelOf(field)}”为空。`,
            en: `“${labelOf(field)}” on the cover is empty.`,
          },
        })),
  },
  {
    id: 'CVR-02',
    severity: 'warning',
    check: (view) =>
      typedFields(view, 'phone')
        .filter(({ text }) => !isPhone(text))
        .map(({ field, text }) => ({
          where: { field: field.key, quote: text },
          message: {
            zh: `“${labelOf(field)}”不像电话号码，应为手机号或带区号的固定电话。`,
            en: `“${labelOf(field)}” does not look like a phone number: expected a mobile number or a landline with area code.`,
          },
        })),
  },
  {
    id: 'CVR-03',
    severity: 'warning',
    check: (view) =>
      typedFields(view, 'date')
        .filter(({ text }) => !isWellWritten(text))
        .map(({ field, text }) => {
          const date = parseDate(text)
          const where = { field: field.key, quote: text }
          if (!date) {
            return {
              where,
              message: {
                zh: `${labelOf(field)}无法识别，宜写作“2022年5月25日”的形式。`,
                en: `“${labelOf(field)}” is no date; write it like 2022年5月25日.`,
              },
            }
          }
          const suggestion = formatDateZh(date)
          return {
            where,
            message: {
              zh: `${labelOf(field)}写法不规范，宜写作“${suggestion}”。`,
              en: `“${labelOf(field)}” is not in the usual form; write ${suggestion}.`,
            },
            suggestion,
          }
        }),
  },
  {
    id: 'CVR-04',
    severity: 'error',
    check: (view) => {
      const field = view.template.cover.find((one) => one.key === 'evaluationYear')
      if (!field || view.year.from === 'typed') return []
      const { year } = view.year
      const typed = view.data.cover.get(field.key)
      const unreadable = !isBlank(typed) && parseYear(typed) === null
      return [
        {
          where: { field: field.key },
          message: unreadable
            ? {
                zh: '封面的评价年度不是年份，应写作“2021”的形式。',
                en: 'The evaluation year on the cover is no year; write it like 2021.',
              }
            : {
                zh: `封面没有评价年度，无法判断评价的是哪一年的资金${year === null ? '' : `（按正文推断为${year}年）`}。`,
                en: `The cover names no evaluation year, so it is unclear whose year's money is evaluated${
                  year === null ? '' : ` (the text suggests ${year})`
                }.`,
              },
          ...(year === null ? {} : { suggestion: String(year) }),
        },
      ]
    },
  },
  {
    id: 'CVR-05',
    severity: 'warning',
    check: (view) =>
      typedFields(view, 'date').flatMap(({ field, text }) => {
        const date = parseDate(text)
        if (!date) return []
        const day = formatDateIso(date)
        const where = { field: field.key, quote: text }
        const { today, deadline } = view.context
        const { year } = view.year
        if (year !== null && day < `${year}-12-31`) {
          return [
            {
              where,
              message: {
                zh: `${labelOf(field)}早于${year}年年末，自评应在年度结束后填报。`,
                en: `“${labelOf(field)}” lies before the end of ${year}; a year is evaluated after it has ended.`,
              },
            },
          ]
        }
        if (deadline !== undefined && day > deadline) {
          return [
            {
              where,
              message: {
                zh: `${labelOf(field)}晚于报送截止日期${deadline}。`,
                en: `“${labelOf(field)}” lies after the deadline ${deadline}.`,
              },
            },
          ]
        }
        if (today !== undefined && day > today) {
          return [
            {
              where,
              message: {
                zh: `${labelOf(field)}晚于今天。`,
                en: `“${labelOf(field)}” lies in the future.`,
              },
            },
          ]
        }
        return []
      }),
  },
  {
    id: 'CVR-06',
    severity: 'info',
    check: (view) =>
      view.template.cover
        .filter((field) => field.seal)
        .map(({ key }) => ({
          where: { field: key, quote: seal },
          message: {
            zh: `主管部门处标有“${seal}”，报送前需另附盖章件。`,
            en: `The department's place is marked “${seal}”: a sealed copy has to be handed in as well.`,
          },
        })),
  },
]

function labelOf(field: CoverField): string {
  return field.label.replace(seal, '')
}

function typedFields(
  view: ReportView,
  type: CoverField['type'],
): readonly { readonly field: CoverField; readonly text: string }[] {
  return view.template.cover.flatMap((field) => {
    const text = view.data.cover.get(field.key)
    return field.type === type && typeof text === 'string' && !isBlank(text) ? [{ field, text }] : []
  })
}

function isPhone(text: string): boolean {
  const plain = toHalfWidth(text).replace(/[\s()（）—-]/g, '')
  return /^(?:\+?86)?1\d{10}$/.test(plain) || /^(?:0\d{2,3})?[2-9]\d{6,7}(?:转?\d{1,6})?$/.test(plain)
}

/** A date as printed, or the form in which a date picker keeps it. */
function isWellWritten(text: string): boolean {
  if (!parseDate(text)) return false
  return /^\d{4}年[1-9]\d?月[1-9]\d?日$/.test(text.trim()) || /^\d{4}-\d{2}-\d{2}$/.test(text.trim())
}
