import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Route, Switch } from 'wouter'
import { useWords } from './language.ts'
import { later, PageStandIn } from './later.tsx'
import { SignedIn } from './me.tsx'
import { appWords } from './messages.ts'
import { SIGN_IN_PATH, WORKBENCH_PATH } from './paths.ts'
import { queryClient } from './query-client.ts'
import { ErrorBoundary, NotFound } from './state-pages.tsx'

const asPage = { StandIn: PageStandIn, afterPainting: false }
const SignInScreen = later(async () => (await import('../sign-in/sign-in-screen.tsx')).SignInScreen, asPage)
const WorkbenchScreen = later(async () => (await import('../workbench/workbench-screen.tsx')).WorkbenchScreen, asPage)
const QueueScreen = later(async () => (await import('../workbench/queue-screen.tsx')).QueueScreen, asPage)
const EditorPage = later(async () => (await import('../editor/editor-page.tsx')).EditorPage, asPage)
const AuditPage = later(async () => (await import('../audit/audit-page.tsx')).AuditPage, asPage)
const VersionsPage = later(async () => (await import('../versions/versions-page.tsx')).VersionsPage, asPage)
const VerifyPage = later(async () => (await import('../versions/verify-page.tsx')).VerifyPage, asPage)

/** The editor is the largest screen: it comes while the server still answers who is asking. */
export function fetchAtOnce(): void {
  if (/^\/reports\/[^/]+$/.test(location.pathname)) EditorPage.fetch()
}

export function App() {
  const words = useWords(appWords)
  return (
    <QueryClientProvider client={queryClient}>
      <title>{words.productLong}</title>
      <ErrorBoundary>
        <Switch>
          <Route path={SIGN_IN_PATH}>
            <SignInScreen />
          </Route>
          <Route path={WORKBENCH_PATH}>
            <SignedIn>
              <Workbench />
            </SignedIn>
          </Route>
          <Route path="/queue/:reportId?">
            {({ reportId }) => (
              <SignedIn>
                <QueueScreen reportId={reportId ?? null} />
              </SignedIn>
            )}
          </Route>
          <Route path="/reports/:reportId/versions">
            {({ reportId }) => (
              <SignedIn>
                <VersionsPage key={reportId} reportId={reportId} />
              </SignedIn>
            )}
          </Route>
          <Route path="/reports/:reportId/audit">
            {({ reportId }) => (
              <SignedIn>
                <AuditPage key={reportId} reportId={reportId} />
              </SignedIn>
            )}
          </Route>
          <Route path="/verify/:sha256?">
            {({ sha256 = '' }) => (
              <SignedIn>
                <VerifyPage key={sha256} sha256={sha256} />
              </SignedIn>
            )}
          </Route>
          <Route path="/reports/:reportId">
            {({ reportId }) => (
              <SignedIn>
                <EditorPage key={reportId} reportId={reportId} />
              </SignedIn>
            )}
          </Route>
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </ErrorBoundary>
    </QueryClientProvider>
  )
}

/** From here people go to a report: its program is fetched while they look for it. */
function Workbench() {
  useEffect(() => {
    const timer = setTimeout(EditorPage.fetch, FETCH_EDITOR_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return <WorkbenchScreen />
}

const FETCH_EDITOR_AFTER_MS = 2000
