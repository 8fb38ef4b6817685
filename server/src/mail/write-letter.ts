import { type NoticeKind, plainLine } from '@gongping/protocol/http'
import type { Addressee, MailRow } from '../db/mail.ts'
import type { Letter } from './smtp-post.ts'

/**
 * What a mail says: who did what to which report, and where to look. Never words of comments, reasons or reports: mail
 * leaves the building.
 */
export function writeLetter({ mail, to, baseUrl }: { mail: MailRow; to: Addressee; baseUrl: string }): Letter {
  const words = WORDS[to.language ?? 'zh']
  const by = oneLine(to.byName)
  const project = oneLine(to.projectName)
  const what = mail.kind === 'due' ? words.due(mail.subject) : words.what[mail.kind as Exclude<NoticeKind, 'due'>](by)
  const link = `${baseUrl}/reports/${encodeURIComponent(mail.report_id)}`
  return {
    id: mail.id,
    to: { name: oneLine(to.displayName), address: to.address },
    subject: words.subject(what, project),
    text: words.body({ to: oneLine(to.displayName), what, project, unit: oneLine(to.unit), link }).join('\n'),
  }
}

/** Names may be older than the rules about them. */
const oneLine = (text: string) => plainLine(text).slice(0, 200)

interface Body {
  readonly to: string
  readonly what: string
  readonly project: string
  readonly unit: string
  readonly link: string
}

/** `near 2030-01-10` or `overdue 2030-01-10`, as reminders name their subject. */
const dayOf = (subject: string) => subject.slice(subject.indexOf(' ') + 1)
const isOverdue = (subject: string) => subject.startsWith('overdue')

const WORDS = {
  zh: {
    subject: (what: string, project: string) => `【共评】${what}：${project}`,
    what: {
      mentioned: (by: string) => `${by}在批注中提及您`,
      assigned: (by: string) => `${by}送您审核`,
      returned: (by: string) => `${by}退回修改`,
      resubmitted: (by: string) => `${by}修改后重新提交`,
      approved: (by: string) => `${by}审核通过`,
      concluded: (by: string) => `${by}复核办结`,
    },
    due: (subject: string) => (isOverdue(subject) ? `已过截止日期 ${dayOf(subject)}` : `将于 ${dayOf(subject)} 到期`),
    body: ({ to, what, project, unit, link }: Body) => [
      `${to}，您好：`,
      '',
      `项目支出绩效自评报告：${what}。`,
      '',
      `项目：${project}`,
      `单位：${unit}`,
      `查看：${link}`,
      '',
      '本邮件由系统发出，请勿回复。不需要邮件提醒时，可在“消息—提醒设置”中关闭。',
      '',
    ],
  },
  en: {
    subject: (what: string, project: string) => `[Gongping] ${what}: ${project}`,
    what: {
      mentioned: (by: string) => `${by} mentioned you in a comment`,
      assigned: (by: string) => `${by} sent it to you for review`,
      returned: (by: string) => `${by} returned it`,
      resubmitted: (by: string) => `${by} submitted it again`,
      approved: (by: string) => `${by} approved it`,
      concluded: (by: string) => `${by} concluded it`,
    },
    due: (subject: string) => (isOverdue(subject) ? `overdue since ${dayOf(subject)}` : `due on ${dayOf(subject)}`),
    body: ({ to, what, project, unit, link }: Body) => [
      `Dear ${to},`,
      '',
      `About a performance self-evaluation report: ${what}.`,
      '',
      `Project: ${project}`,
      `Unit: ${unit}`,
      `Open it: ${link}`,
      '',
      'This message was sent by the system; please do not reply. Mail can be switched off under Notices – Settings.',
      '',
    ],
  },
} as const
