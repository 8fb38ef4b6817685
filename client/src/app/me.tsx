import type { Me, SignInWays } from '@gongping/protocol/http'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect } from 'react'
import type { ReactNode } from 'react'
import { Redirect, useLocation } from 'wouter'
import { api, ApiError, onSignedOut, requestAs } from './api.ts'
import { signInPath } from './paths.ts'
import { markForgetting } from '../sync/forget-marker.ts'
import { Splash, Unreachable } from './state-pages.tsx'

export const ME_QUERY = {
  queryKey: ['me'],
  queryFn: async () => {
    requestAs(null)
    const me = await api.get<Me>('/api/me')
    requestAs(me.id)
    return me
  },
  staleTime: Infinity,
} as const

/** How people may sign in here, beside name and password. */
export const SIGN_IN_WAYS_QUERY = {
  queryKey: ['sign-in-ways'],
  queryFn: () => api.get<SignInWays>('/api/auth/ways'),
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

  useActivity(me.data !== undefined)

  if (me.data) return <MeContext value={me.data}>{children}</MeContext>
  if (me.isPending) return <Splash />
  if (me.error instanceof ApiError && me.error.status === 401) {
    return <Redirect to={signInPath({ returnTo: location.pathname + location.search })} replace />
  }
  return <Unreachable error={me.error} retry={() => void me.refetch()} />
}

/** Ends the session on the server, or all of the account's, and forgets everything of it in this page. */
export function useSignOut(): (options?: { everywhere: boolean }) => Promise<void> {
  const [, navigate] = useLocation()
  const client = useQueryClient()
  const { id } = useMe()
  return async ({ everywhere } = { everywhere: false }) => {
    // Asked for while the server still is there; nobody waits for it.
    const forgetting = import('../sync/forget-saved-copies.ts')
    forgetting.catch(() => undefined)
    await api.post(everywhere ? '/api/auth/sign-out-everywhere' : '/api/auth/sign-out')
    markForgetting(id)
    navigate(signInPath({}))
    client.clear()
    forgetting
      .then(({ forgetSavedCopies }) => forgetSavedCopies(id))
      .catch((error: unknown) => console.error('copies of reports stay on this computer', error))
  }
}

/**
 * Tells the server now and then that somebody is at the page, when they only read: typing it notices itself, and without
 * either it ends the session after half an hour.
 */
function useActivity(isSignedIn: boolean): void {
  useEffect(() => {
    if (!isSignedIn) return undefined
    let toldAt = Date.now()
    const tell = () => {
      if (Math.abs(Date.now() - toldAt) < TELL_EVERY_MS) return
      toldAt = Date.now()
      // Unreachable or signed out: the page hears of both elsewhere.
      api.get<Me>('/api/me').catch(() => undefined)
    }
    const options = { capture: true, passive: true }
    for (const event of DEEDS) addEventListener(event, tell, options)
    return () => {
      for (const event of DEEDS) removeEventListener(event, tell, options)
    }
  }, [isSignedIn])
}

const TELL_EVERY_MS = 5 * 60_000
const DEEDS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

const MeContext = createContext<Me | null>(null)
