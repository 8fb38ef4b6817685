import type { ScoreBody } from '@gongping/protocol/http'
import { RULE_IDS } from '@gongping/scoring'
import { recordedFindings } from '@gongping/scoring/sample'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

test('GET /api/reports/demo/score: 90.8, 优, and exactly the findings recorded for the rules there are', async () => {
  const cookie = await server.signIn('filler')
  const response = await fetch(`${server.url}/api/reports/demo/score`, { headers: { cookie } })
  const score = (await response.json()) as ScoreBody
  expect(score.self).toMatchObject({ total: 90.8, grade: '优', complete: true })
  expect(score.templateId).toBe('guangdong-2022')

  const rules = new Set<string>(RULE_IDS)
  const recorded = recordedFindings().filter(({ ruleId }) => rules.has(ruleId))
  expect(recorded).toHaveLength(46)
  const line = (rule: string, severity: string, message: string) => `${rule} ${severity} ${message}`
  expect(score.findings.map(({ rule, severity, message }) => line(rule, severity, message.zh)).toSorted()).toEqual(
    recorded.map(({ ruleId, severity, message }) => line(ruleId, severity, message)).toSorted(),
  )
})
