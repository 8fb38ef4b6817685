import type { Language } from './language.ts'
import { defineWords } from './language.ts'

/** Name of a language in itself, for the switch. */
export const LANGUAGE_NAMES: Record<Language, string> = { zh: '中文', en: 'English' }

/** Texts of the shell: header, errors, states every screen has. */
export const appWords = defineWords({
  zh: {
    product: '共评',
    productLong: '共评 · 项目绩效自评协同平台',
    workbench: '工作台',
    queue: '待我审核',
    mainNavigation: '主导航',
    switchLanguage: ({ to }: { to: string }) => `切换到 ${to}`,
    accountMenu: '账号菜单',
    signOut: '退出登录',
    signOutEverywhere: '在所有设备上退出',
    admin: '管理员',
    loading: '正在加载…',
    retry: '重试',
    reload: '重新加载',
    close: '关闭',
    notFoundTitle: '没有这个页面',
    notFoundText: '地址可能有误，或者内容已被移走。',
    backToWorkbench: '返回工作台',
    brokenTitle: '页面出错了',
    brokenText: '已保存的内容不受影响。请重新加载页面；若仍出错，请把下面的信息告诉管理员。',
    partMissing: '没有打开',
    partOffline: '现在没有网络。连上后这里会自动打开，已写的内容不受影响。',
    partUnreachable: '这一部分没有取到：网络或服务器暂时不通。已写的内容不受影响，请稍后重试。',
    partReplaced: '系统刚刚升级，重新加载页面后才能打开这一部分。已写的内容会保留。',
    unreachableTitle: '连接不上服务器',
    today: ({ time }: { time: string }) => `今天 ${time}`,
    yesterday: ({ time }: { time: string }) => `昨天 ${time}`,
    roleMark: { filler: '填', head: '部', finance: '财', admin: '管' },
  },
  en: {
    product: 'Gongping',
    productLong: 'Gongping · performance self-evaluation together',
    workbench: 'Workbench',
    queue: 'To review',
    mainNavigation: 'Main',
    switchLanguage: ({ to }) => `Switch to ${to}`,
    accountMenu: 'Account',
    signOut: 'Sign out',
    signOutEverywhere: 'Sign out everywhere',
    admin: 'Administrator',
    loading: 'Loading…',
    retry: 'Try again',
    reload: 'Reload',
    close: 'Close',
    notFoundTitle: 'No such page',
    notFoundText: 'The address may be wrong, or the content has moved.',
    backToWorkbench: 'Back to the workbench',
    brokenTitle: 'This page failed',
    brokenText:
      'What was saved is safe. Reload the page; if it fails again, tell your administrator what stands below.',
    partMissing: 'Not opened',
    partOffline: 'There is no network. This opens by itself once it is back; what you wrote is safe.',
    partUnreachable:
      'This part could not be loaded: the network or the server is not answering. What you wrote is safe; try again in a moment.',
    partReplaced: 'The system was just updated: reload the page to open this part. What you wrote is kept.',
    unreachableTitle: 'The server cannot be reached',
    today: ({ time }) => `Today ${time}`,
    yesterday: ({ time }) => `Yesterday ${time}`,
    roleMark: { filler: 'F', head: 'D', finance: 'R', admin: 'A' },
  },
})
