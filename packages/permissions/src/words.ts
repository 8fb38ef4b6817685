import type { Message, Part, ReportState, Role, TransitionAction } from './model.ts'

export const ROLE_NAMES: Record<Role, Message> = {
  filler: { zh: '填报人', en: 'Filler' },
  head: { zh: '主管部门负责人', en: 'Department head' },
  finance: { zh: '财政复核人', en: 'Finance reviewer' },
}

export const STATE_NAMES: Record<ReportState, Message> = {
  draft: { zh: '填报中', en: 'Drafting' },
  returned: { zh: '退回修改', en: 'Returned' },
  department_review: { zh: '主管部门审核', en: 'Department review' },
  finance_review: { zh: '财政复核', en: 'Finance review' },
  concluded: { zh: '已办结', en: 'Concluded' },
}

export const PART_NAMES: Record<Part, Message> = {
  narrative: { zh: '报告正文', en: 'report text' },
  self: { zh: '封面、数据与自评得分', en: 'cover, data and self scores' },
  department: { zh: '主管部门评分与意见', en: 'department scores and opinions' },
  finance: { zh: '财政评分与意见', en: 'finance scores and opinions' },
}

export const ACTION_NAMES: Record<TransitionAction, Message> = {
  submit: { zh: '提交主管部门审核', en: 'Submit for department review' },
  return: { zh: '退回修改', en: 'Return for changes' },
  approve: { zh: '审核通过，报送财政', en: 'Approve and send to finance' },
  conclude: { zh: '复核办结', en: 'Conclude' },
  reopen: { zh: '重新打开', en: 'Reopen' },
  withdraw: { zh: '撤回', en: 'Withdraw' },
}
