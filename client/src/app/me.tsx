import type { Me } from '@gongping/protocol/http'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect } from 'react'
import type { ReactNode } from 'react'
import { Redirect, useLocation } from 'wouter'
import { api, ApiError, onSignedOut } from './api.ts'
import { signInPath } from './paths.ts'
import { Splash, Unreachable } from './state-pages.tsx'

export const ME_QUERY = {
  queryKey: ['me'],
  queryFn: () => api.get<Me>('/api/me'),
  staleTime: Infinity,
} as const

/** Who is signed in. Only inside `<SignedIn>`. */
export function useMe(): Me {
  const me = useContext(MeContext)
  if (!me) throw new Error('useMe outside <SignedIn>')
  return me
}

/** Shows its children to somebody signed in; sends everybody else to the sign-in screen and back again afterwards. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [, navigate] = useLocation()
  const client = useQueryClient()
  const me = useQuery(ME_QUERY)

  useEffect(
    () =>
      onSignedOut(() => {
        // The very first question "who am I" may well be answered with 401: that is no expired session.
        if (!client.getQueryData(ME_QUERY.queryKey)) return
        client.clear()
        navigate(signInPath({ returnTo: location.pathname + location.search, expired: true }), { replace: true })
      }),
    [client, navigate],
  )

  if (me.data) return <MeContext value={me.data}>{children}</MeContext>
  if (me.isPending) return <Splash />
  if (me.error instanceof ApiError && me.error.status === 401) {
    return <Redirect to={signInPath({ returnTo: location.pathname + location.search })} replace />
  }
  return <Unreachable error={me.error} retry={() => void me.refetch()} />
}

/** Ends the session on the server and forgets everything of it in this page. */
export function useSignOut(): () => Promise<void> {
  const [, navigate] = useLocation()
  const client = useQueryClient()
  return async () => {
    await api.post('/api/auth/sign-out')
    navigate(signInPath({}))
    client.clear()
  }
}

const MeContext = createContext<Me | null>(null)
