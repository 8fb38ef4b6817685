import { checkReport, findTemplate, scoreReport } from '@gongping/scoring'
import { SAMPLE_TEMPLATE_ID, sampleReport } from '@gongping/scoring/sample'

const warmUpRuns = 500
const runs = 2000

/** The sample (35 indicators, 20 leaves) scored in three columns and checked by all rules. One JSON line, times in ms. */
export async function run(): Promise<void> {
  const template = findTemplate(SAMPLE_TEMPLATE_ID)
  if (!template) throw new Error(`template ${SAMPLE_TEMPLATE_ID} is missing`)
  const data = sampleReport()
  const once = (): number => {
    const start = performance.now()
    checkReport({ template, data, score: scoreReport(template, data) })
    return performance.now() - start
  }
  for (let at = 0; at < warmUpRuns; at += 1) once()
  const times = Array.from({ length: runs }, once).toSorted((a, b) => a - b)
  const percentile = (share: number): number => Number((times[Math.floor(runs * share)] ?? 0).toFixed(3))
  console.log(
    JSON.stringify({
      bench: 'scoring',
      runs,
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      maxMs: percentile(1 - 1 / runs),
    }),
  )
}
