import { defineWords } from '../app/language.ts'

export const signInWords = defineWords({
  zh: {
    title: '登录',
    tagline: '项目绩效自评报告，填报、审核、复核在同一份报告上完成',
    username: '用户名',
    password: '密码',
    signIn: '登录',
    signingIn: '正在登录…',
    usernameMissing: '请填写用户名。',
    passwordMissing: '请填写密码。',
    wrongPassword: '用户名或密码不正确。请检查大小写与输入法，忘记密码请联系管理员重置。',
    tooMany: ({ minutes }: { minutes: number | null }) =>
      minutes ? `尝试次数太多，请在 ${minutes} 分钟后再试；忘记密码请联系管理员重置。` : '尝试次数太多，请稍后再试。',
    expired: '登录已过期，请重新登录；登录后回到刚才的页面。未保存的修改留在本机。',
    continueTo: '登录后回到刚才的页面。',
    demoTitle: '演示环境：选择身份直接进入',
    demoNote: ({ password }: { password: string }) => `演示账号的密码均为 ${password}`,
    noAccount: '没有账号？请联系本单位管理员开通。',
    oidc: '统一身份认证登录',
    oidcFailed: '统一身份认证没有成功，或者您的账号还没有在本系统开通。请重试，或联系管理员。',
  },
  en: {
    title: 'Sign in',
    tagline: 'Self-evaluation reports, filled in, reviewed and concluded in one place',
    username: 'User name',
    password: 'Password',
    signIn: 'Sign in',
    signingIn: 'Signing in…',
    usernameMissing: 'Please enter your user name.',
    passwordMissing: 'Please enter your password.',
    wrongPassword:
      'Wrong user name or password. Check capital letters; an administrator can reset a forgotten password.',
    tooMany: ({ minutes }) =>
      minutes
        ? `Too many tries. Please wait ${minutes} min, or ask an administrator to reset the password.`
        : 'Too many tries. Please wait a moment.',
    expired:
      'Your session has expired. Sign in to return to where you were; unsaved changes are kept on this computer.',
    continueTo: 'You will return to where you were.',
    demoTitle: 'Demonstration: enter in one of the roles',
    demoNote: ({ password }) => `All demo accounts have the password ${password}`,
    noAccount: 'No account? Ask the administrator of your unit.',
    oidc: 'Sign in with your organisation account',
    oidcFailed:
      'That sign-in did not work, or your account has not been opened here yet. Try again, or ask an administrator.',
  },
})
