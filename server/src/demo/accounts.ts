import type { NewAccount } from '../auth/accounts.ts'

/** Unit of the sample report. */
const SAMPLE_UNIT = '大埔县社会保险基金管理局'

export type DemoAccount = Omit<NewAccount, 'password'>

/** One account per role, named after it, and a filler who has nothing to do with the sample report. */
export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { username: 'filler', displayName: '填报人', role: 'filler', unit: SAMPLE_UNIT },
  { username: 'head', displayName: '主管部门负责人', role: 'head', unit: SAMPLE_UNIT },
  { username: 'finance', displayName: '财政复核人', role: 'finance', unit: '大埔县财政局' },
  { username: 'admin', displayName: '管理员', role: 'admin', unit: '大埔县财政局' },
  { username: 'outsider', displayName: '外单位填报人', role: 'filler', unit: '大埔县教育局' },
]
