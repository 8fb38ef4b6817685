import { expect, test } from 'vitest'
import { DEMO_PROJECTS } from '../src/demo/projects.ts'

test('no demo report ends in a blind alley: what a demo account hands in, another one reviews', () => {
  const stuck = DEMO_PROJECTS.filter(({ state, members }) => {
    const comesToDepartment = members.filler !== undefined || state === 'department_review'
    return comesToDepartment && members.head === undefined
  })
  expect(stuck.map(({ id }) => id)).toEqual([])
})
