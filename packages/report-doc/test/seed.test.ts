import { findTemplate } from '@gongping/scoring'
import { sampleReport } from '@gongping/scoring/sample'
import { expect, test } from 'vitest'
import { readReport } from '../src/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { open } from './support/open.ts'

test('sample', () => {
  const template = findTemplate('guangdong-2022')!
  const data = sampleReport()
  const t0 = performance.now()
  const seeded = seedReport({ template, data })
  const t1 = performance.now()
  const docs = open(seeded)
  const t2 = performance.now()
  const read = readReport(docs)
  const t3 = performance.now()
  for (let i = 0; i < 100; i++) readReport(docs)
  console.log(
    t1 - t0,
    t2 - t1,
    t3 - t2,
    (performance.now() - t3) / 100,
    Object.values(seeded).map((x) => x.length),
  )
  expect(read.narrative).toEqual(data.narrative)
  expect(read).toEqual(data)
})
test('template', () => {
  const docs = open(seedReport({ template: findTemplate('guangdong-2022')! }))
  console.log(JSON.stringify(readReport(docs), (k, v) => (v instanceof Map ? [...v] : v)).slice(0, 1500))
})
