import { describe, expect, it } from 'vitest'
import { FIELD_CHAR, type Section, indicatorIndex, resolveLine, scoreReport } from '../src/index.ts'
import { sampleReport } from '../src/sample/index.ts'
import { guangdong } from './builders.ts'

describe('the sample report', () => {
  const data = sampleReport()
  const all = flatten(data.narrative.sections)

  it('[S30] has ids that follow from the position', () => {
    const check = (sections: readonly Section[], prefix: string): void => {
      sections.forEach((section, at) => {
        expect(section.id).toBe(`${prefix}${at + 1}`)
        expect(section.blocks.map((block) => block.id)).toEqual(
          section.blocks.map((_block, n) => `${section.id}.p${n + 1}`),
        )
        check(section.children, `${section.id}.`)
      })
    }
    check(data.narrative.sections, 's')
    expect(data.narrative.sections).toHaveLength(7)
  })

  it('[S30] quotes every score by a field', () => {
    const headings = all.filter((section) => section.indicatorId !== null)
    expect(headings.map((section) => section.indicatorId).toSorted()).toEqual(
      [...indicatorIndex(guangdong).keys()].toSorted(),
    )
    const score = scoreReport(guangdong, data)
    const lines = all.flatMap((section) => [
      section.title,
      ...section.blocks.filter((block) => block.type === 'paragraph'),
    ])
    for (const { text, fields } of lines) expect(text.split(FIELD_CHAR)).toHaveLength(fields.length + 1)
    const shown = lines.map((line) => resolveLine(line, guangdong, score, data.facts))
    expect(shown).toContain('论证决策（4分，自评得3分）')
    expect(shown).toContain('效率性（20分，自评得19分）')
    expect(shown).toContain('完成质量（质量指标）（6分，自评得—分）')
    expect(shown.filter((text) => text === '该项指标自评得3分。')).toHaveLength(2)
    expect(lines.filter(({ text }) => /自评得[\d\s]/.test(text))).toEqual([])
  })
})

function flatten(sections: readonly Section[]): readonly Section[] {
  return sections.flatMap((section) => [section, ...flatten(section.children)])
}
