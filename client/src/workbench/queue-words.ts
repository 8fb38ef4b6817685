import { defineWords } from '../app/language.ts'

/** Texts of the queue of a reviewer. */
export const queueWords = defineWords({
  zh: {
    title: '待我审核',
    count: ({ n }: { n: number }) => `待我审核 ${n}`,
    empty: '没有待您审核的报告。',
    loading: '正在加载…',
    failed: '列表没有取到。',
    retry: '重试',
    previous: '上一份',
    next: '下一份',
    due: ({ date }: { date: string }) => `截止 ${date}`,
    noDue: '未设截止日期',
    overdue: ({ n }: { n: number }) => `逾期 ${n} 天`,
    flags: {
      full: '满分',
      resubmitted: '重报',
      deviation: '偏差大',
      findings: ({ n }: { n: number }) => `${n} 个问题`,
    },
    self: '自评',
    choose: '请从左侧选择报告。',
  },
  en: {
    title: 'To review',
    count: ({ n }) => `To review ${n}`,
    empty: 'Nothing waits for your review.',
    loading: 'Loading…',
    failed: 'The list could not be loaded.',
    retry: 'Try again',
    previous: 'Previous',
    next: 'Next',
    due: ({ date }) => `Due ${date}`,
    noDue: 'No due date',
    overdue: ({ n }) => `${n} ${n === 1 ? 'day' : 'days'} overdue`,
    flags: {
      full: 'Full marks',
      resubmitted: 'Resubmitted',
      deviation: 'Large difference',
      findings: ({ n }) => `${n} ${n === 1 ? 'finding' : 'findings'}`,
    },
    self: 'Self',
    choose: 'Choose a report on the left.',
  },
})
