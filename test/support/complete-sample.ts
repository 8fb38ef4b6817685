import { evidenceKey, narrativeRoot, reasonKey, setCover, textOf } from '@gongping/report-doc'
import { findTemplate, formatPoints, leavesOf } from '@gongping/scoring'
import * as Y from 'yjs'
import { joinPart } from './join-part.ts'
import type { TestServer } from './server.ts'

/** Fills in what the sample report lacks before it can be submitted: cover, evidence, reasons, survey, conclusion. */
export async function completeSample(server: TestServer): Promise<void> {
  const template = findTemplate('guangdong-2022')!
  const self = await joinPart(server, { user: 'filler', part: 'self' })
  const { doc } = self
  doc.transact(() => {
    for (const [key, value] of COVER) setCover({ doc, origin: null, key, value })
    for (const leaf of leavesOf(template)) {
      textOf(doc, 'self', evidenceKey(leaf.id))!.insert(0, `${leaf.name}佐证材料`)
      textOf(doc, 'self', reasonKey(leaf.id))!.insert(0, '调研记录没有留存，按2021年台账缺1份扣分。')
    }
    textOf(doc, 'self', reasonKey('gd.output.efficiency'))!.insert(0, '有1个镇场晚到货3天。')
    doc.getMap('facts').set('surveyedCount', 120)
    doc.getMap('facts').set('satisfiedCount', 96)
  })
  await self.settled()
  self.provider.destroy()
  doc.destroy()

  const cookie = await server.signIn('filler')
  const answer = await fetch(`${server.url}/api/reports/demo/score`, { headers: { cookie } })
  const { self: column } = (await answer.json()) as {
    self: { total: number; grade: string; byIndicator: Record<string, { score: number }> }
  }
  const parts = template.indicators.map((one) => {
    const score = formatPoints(Math.round(column.byIndicator[one.id]!.score * 100))
    return `${one.name}${score}分`
  })
  const narrative = await joinPart(server, { user: 'filler', part: 'narrative' })
  const conclusion = findText(narrativeRoot(narrative.doc)!, '该项目完成度良好')
  conclusion.insert(conclusion.length, `自评得分${column.total}分，等级为“${column.grade}”，其中${parts.join('、')}。`)
  await narrative.settled()
  narrative.provider.destroy()
  narrative.doc.destroy()
}

const COVER = [
  ['evaluationYear', '2021'],
  ['fillerName', '填报人甲'],
  ['phone', '0753-0000000'],
  ['fillDate', '2022年5月25日'],
] as const

function findText(element: Y.XmlElement, words: string): Y.XmlText {
  for (const child of element.toArray() as unknown[]) {
    if (child instanceof Y.XmlText && String(child).includes(words)) return child
    if (child instanceof Y.XmlElement) {
      try {
        return findText(child, words)
      } catch {
        continue
      }
    }
  }
  throw new Error(`no text with ${words}`)
}
