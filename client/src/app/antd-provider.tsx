import { ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import type { ReactNode } from 'react'
import { useLanguage } from './language.ts'

/** Theme and locale for antd. Import it from lazy screens only: it brings antd with it. */
export function AntdProvider({ children }: { children: ReactNode }) {
  const language = useLanguage()
  return (
    <ConfigProvider
      locale={language === 'zh' ? zhCN : enUS}
      theme={THEME}
      button={{ autoInsertSpace: false }}
      {...(nonce ? { csp: { nonce } } : {})}
    >
      {children}
    </ConfigProvider>
  )
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content

const FIELD = { activeBorderColor: '#2456c6', hoverBorderColor: '#8f959e', activeShadow: '0 0 0 1px #2456c6' }

/** The values of styles/tokens.css; antd computes shades from them, so it needs the numbers. */
const THEME = {
  token: {
    colorPrimary: '#c02c38',
    colorLink: '#2456c6',
    colorInfo: '#2456c6',
    colorSuccess: '#29734a',
    colorWarning: '#925600',
    colorError: '#c02c38',
    colorText: '#1f2329',
    colorTextSecondary: '#51565d',
    colorTextTertiary: '#696f77',
    colorTextDescription: '#696f77',
    colorTextPlaceholder: '#696f77',
    colorBorder: '#c9cdd4',
    colorBorderSecondary: '#e5e6eb',
    borderRadius: 6,
    fontSize: 14,
    fontFamily: 'var(--ui)',
    motion: false,
  },
  components: {
    // The accent colour around a field would read as an error.
    Input: FIELD,
    InputNumber: FIELD,
    Select: {
      activeBorderColor: FIELD.activeBorderColor,
      hoverBorderColor: FIELD.hoverBorderColor,
      optionSelectedBg: '#f0f1f3',
    },
    Table: {
      headerBg: '#fafbfc',
      headerColor: '#696f77',
      headerSplitColor: 'transparent',
      headerSortActiveBg: '#fafbfc',
      headerSortHoverBg: '#f0f1f3',
      bodySortBg: 'transparent',
      rowHoverBg: '#fafbfc',
      cellPaddingBlockMD: 7,
      cellPaddingInlineMD: 10,
      cellFontSizeMD: 13,
    },
  },
}
