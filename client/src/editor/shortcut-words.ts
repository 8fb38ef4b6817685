import { defineWords } from '../app/language.ts'

export const shortcutWords = defineWords({
  zh: {
    title: '快捷键',
    list: [
      ['Ctrl+B', '加粗'],
      ['Ctrl+U', '下划线'],
      ['Ctrl+Z', '撤销自己的修改'],
      ['Ctrl+Y / Ctrl+Shift+Z', '恢复'],
      ['Ctrl+S', '查看保存状态，命名版本（内容自动保存）'],
      ['Tab / Shift+Tab', '在标题中：降级 / 升级'],
      ['Alt+↓ / Alt+↑', '下一个 / 上一个待核问题'],
      ['Ctrl+Alt+M', '批注所选文字'],
      ['Ctrl+Shift+E', '修订：改写所选文字，或开启 / 关闭'],
      ['Ctrl+Enter', '发送批注、提出修改'],
      ['F6', '在目录、正文、评分之间切换'],
      ['Alt+Enter', '打开本行得分的评分行'],
      ['Ctrl+/', '本列表'],
    ] as readonly (readonly [string, string])[],
  },
  en: {
    title: 'Keyboard shortcuts',
    list: [
      ['Ctrl+B', 'Bold'],
      ['Ctrl+U', 'Underline'],
      ['Ctrl+Z', 'Undo your own change'],
      ['Ctrl+Y / Ctrl+Shift+Z', 'Redo'],
      ['Ctrl+S', 'Show the save state and name a version (saving is automatic)'],
      ['Tab / Shift+Tab', 'In a heading: one level down / up'],
      ['Alt+↓ / Alt+↑', 'Next / previous item to check'],
      ['Ctrl+Alt+M', 'Comment on the selected text'],
      ['Ctrl+Shift+E', 'Suggest: rewrite the selected text, or switch on / off'],
      ['Ctrl+Enter', 'Send the comment or the change'],
      ['F6', 'Move between outline, text and scores'],
      ['Alt+Enter', 'Open the score row of this line'],
      ['Ctrl+/', 'This list'],
    ],
  },
})
