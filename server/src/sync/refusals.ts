import type { Message } from '@gongping/permissions'
import { CLOSE } from '@gongping/protocol'
import type { CloseCode, RefusalReason } from '@gongping/protocol'

/** What a refused writer is told, and how the line is closed. */
export const REFUSALS: Record<RefusalReason, { readonly code: CloseCode; readonly message: Message }> = {
  'no-pen': {
    code: CLOSE.refused,
    message: {
      zh: '这一部分现在不由您填写，刚才的修改没有保存；文字已为您另存，可以复制。',
      en: 'This part is not yours to write now. The last change was not saved; its text is kept aside for you to copy.',
    },
  },
  'foreign-client-id': {
    code: CLOSE.refused,
    message: {
      zh: '这些修改属于另一位用户，无法由您提交；请重新打开报告。',
      en: "These edits belong to another user and can't be sent by you. Open the report again.",
    },
  },
  undecodable: {
    code: CLOSE.badFrame,
    message: {
      zh: '收到的数据无法识别，没有保存；请重新打开报告。',
      en: 'The data could not be read and was not saved. Open the report again.',
    },
  },
  'too-large': {
    code: CLOSE.refused,
    message: {
      zh: '一次修改的内容过大，没有保存；请分几次粘贴。',
      en: 'The change is too large and was not saved. Paste it in several pieces.',
    },
  },
  'missing-edits': {
    code: CLOSE.outOfStep,
    message: {
      zh: '本机缺少之前的修改记录，无法继续同步；请重新打开报告。',
      en: 'Earlier edits are missing here, so syncing cannot go on. Open the report again.',
    },
  },
  'bad-root': {
    code: CLOSE.refused,
    message: {
      zh: '修改写入了报告之外的位置，没有保存；请重新打开报告。',
      en: 'The change writes outside the report and was not saved. Open the report again.',
    },
  },
  'mass-deletion': {
    code: CLOSE.refused,
    message: {
      zh: '一次删除了大部分内容，没有保存；请重新打开报告。',
      en: 'The change deletes most of the document and was not saved. Open the report again.',
    },
  },
  'daily-limit': {
    code: CLOSE.refused,
    message: {
      zh: '您或这份报告一天内写入的数据过多，刚才的修改没有保存；文字已为您另存，可以复制。请过几小时再写。',
      en: 'You, or all who write in this report, have written more than a day allows. The last change was not saved; its text is kept aside for you to copy. Write on in a few hours.',
    },
  },
}
