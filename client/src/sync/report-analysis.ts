import type { Part, ReportState } from '@gongping/permissions'
import { createNarrativeReader, readReviewer, readSelf } from '@gongping/report-doc'
import {
  scoreReport,
  type Finding,
  type OpenReturnItem,
  type ReportData,
  type ReportScore,
  type Template,
} from '@gongping/scoring'
import type * as Y from 'yjs'
import { createProgram } from '../app/program.ts'
import { createLive, type Live } from './live.ts'

export interface ReportAnalysis {
  readonly data: Live<ReportData>
  readonly score: Live<ReportScore>
  readonly findings: Live<readonly Finding[]>
  close(): void
}

export interface AnalysisInput {
  readonly docs: Readonly<Record<Part, Y.Doc>>
  readonly template: Template
  readonly state: Live<ReportState>
  readonly openReturnItems: Live<readonly OpenReturnItem[]>
}

/** Not needed to write, so they are fetched after the text is on the screen. */
export const rules = createProgram(async () => (await import('@gongping/scoring/check')).checkReport, {
  afterPainting: true,
})

/** Milliseconds of quiet before the rules are checked again. */
const CHECK_AFTER_MS = 200

/**
 * Keeps plain data and score at most one frame behind the documents, and the findings a moment behind those.
 * Only the part that changed is read again.
 */
export function analyseReport({ docs, template, state, openReturnItems }: AnalysisInput): ReportAnalysis {
  const narrative = createNarrativeReader(docs.narrative)
  const firstSelf = readSelf(docs.self)
  const first: ReportData = {
    cover: firstSelf.cover,
    facts: firstSelf.facts,
    evidence: firstSelf.evidence,
    columns: {
      self: firstSelf.answers,
      department: readReviewer(docs.department),
      finance: readReviewer(docs.finance),
    },
    narrative: narrative.read(),
  }
  const data = createLive(first)
  const score = createLive(scoreReport(template, first))
  const findings = createLive<readonly Finding[]>([])
  const changed = new Set<Part>()
  let frame: number | undefined
  let check: ReturnType<typeof setTimeout> | undefined

  const read = () => {
    frame = undefined
    const before = data.get()
    let next = before
    if (changed.has('self')) {
      const { answers, cover, facts, evidence } = readSelf(docs.self)
      next = { ...next, cover, facts, evidence, columns: { ...next.columns, self: answers } }
    }
    for (const part of ['department', 'finance'] as const) {
      if (changed.has(part)) next = { ...next, columns: { ...next.columns, [part]: readReviewer(docs[part]) } }
    }
    if (changed.has('narrative')) next = { ...next, narrative: narrative.read() }
    changed.clear()
    data.set(next)
    if (next.columns !== before.columns || next.facts !== before.facts) score.set(scoreReport(template, next))
    checkSoon()
  }
  const checkSoon = () => {
    clearTimeout(check)
    check = setTimeout(checkNow, CHECK_AFTER_MS)
  }
  const checkNow = () => {
    const loaded = rules.state.get()
    // Once they did not come it is up to people to ask for them again, in their place beside the text.
    if (loaded.kind === 'fetching') rules.fetch()
    if (loaded.kind !== 'here') return
    const checkReport = loaded.value
    const context = { state: state.get(), today: localToday(), openReturnItems: openReturnItems.get() }
    findings.set(checkReport({ template, data: data.get(), score: score.get(), context }))
  }

  const listeners = (Object.keys(docs) as Part[]).map((part) => {
    const onUpdate = () => {
      changed.add(part)
      frame ??= requestAnimationFrameOrTimeout(read)
    }
    docs[part].on('update', onUpdate)
    return () => docs[part].off('update', onUpdate)
  })
  const stops = [state, openReturnItems, rules.state].map((live) => live.subscribe(checkSoon))

  return {
    data,
    score,
    findings,
    close() {
      for (const stop of [...stops, ...listeners]) stop()
      narrative.destroy()
      clearTimeout(check)
    },
  }
}

/** A tab in the background gets no frames; its numbers shall still be right when it comes to the front. */
function requestAnimationFrameOrTimeout(run: () => void): number {
  let done = false
  const once = () => {
    if (done) return
    done = true
    run()
  }
  setTimeout(once, 120)
  return requestAnimationFrame(once)
}

/** `YYYY-MM-DD` where the user is. */
function localToday(): string {
  const now = new Date()
  const two = (n: number) => String(n).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}
