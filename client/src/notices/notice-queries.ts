import type { MailSettings, MailSettingsChange, NoticeList, NoticeSettings } from '@gongping/protocol/http'
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api } from '../app/api.ts'
import { listenToServer } from '../app/server-events.ts'

export const noticesQuery = queryOptions({
  queryKey: ['notices'],
  queryFn: ({ signal }) => api.get<NoticeList>('/api/notices', { signal }),
  staleTime: 30_000,
})

export const noticeSettingsQuery = queryOptions({
  queryKey: ['notices', 'settings'],
  queryFn: ({ signal }) => api.get<NoticeSettings>('/api/notices/settings', { signal }),
})

export const mailSettingsQuery = queryOptions({
  queryKey: ['notices', 'mail'],
  queryFn: ({ signal }) => api.get<MailSettings>('/api/notices/mail', { signal }),
})

/** Of all of them without ids. */
export const markRead = (ids?: readonly string[]) =>
  api.post<NoticeList>('/api/notices/read', ids === undefined ? {} : { ids })
export const changeSettings = (change: Partial<NoticeSettings>) =>
  api.patch<NoticeSettings>('/api/notices/settings', change)

export const changeMailSettings = (change: MailSettingsChange) => api.patch<MailSettings>('/api/notices/mail', change)

/** Keeps the notices up to date, and calls back with those that are new since the page was opened. */
export function useLiveNotices(onNew: (list: NoticeList['notices']) => void): void {
  const client = useQueryClient()
  const listener = useRef(onNew)
  useEffect(() => {
    listener.current = onNew
  })
  useEffect(() => {
    const refresh = async () => {
      const known = client.getQueryData(noticesQuery.queryKey)
      const next = await client.fetchQuery({ ...noticesQuery, staleTime: 0 })
      if (!known) return
      const ids = new Set(known.notices.map(({ id }) => id))
      const fresh = next.notices.filter(({ id, readAt }) => readAt === null && !ids.has(id))
      if (fresh.length > 0) listener.current(fresh)
    }
    const tryRefresh = () => void refresh().catch(() => undefined)
    return listenToServer(({ type }) => {
      if (type === 'notice') tryRefresh()
    }, tryRefresh)
  }, [client])
}
