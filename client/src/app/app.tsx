import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { useWords } from './language.ts'
import { SignedIn } from './me.tsx'
import { appWords } from './messages.ts'
import { SIGN_IN_PATH, WORKBENCH_PATH } from './paths.ts'
import { queryClient } from './query-client.ts'
import { ErrorBoundary, NotFound, Splash } from './state-pages.tsx'

const loadEditor = () => import('../editor/editor-page.tsx')
const SignInScreen = lazy(async () => ({ default: (await import('../sign-in/sign-in-screen.tsx')).SignInScreen }))
const WorkbenchScreen = lazy(async () => ({
  default: (await import('../workbench/workbench-screen.tsx')).WorkbenchScreen,
}))
const QueueScreen = lazy(async () => ({ default: (await import('../workbench/queue-screen.tsx')).QueueScreen }))
const EditorPage = lazy(async () => ({ default: (await loadEditor()).EditorPage }))
const AuditPage = lazy(async () => ({ default: (await import('../audit/audit-page.tsx')).AuditPage }))
const VersionsPage = lazy(async () => ({ default: (await import('../versions/versions-page.tsx')).VersionsPage }))
const VerifyPage = lazy(async () => ({ default: (await import('../versions/verify-page.tsx')).VerifyPage }))

// The editor is the largest screen: fetch it while the server still answers who is asking.
if (/^\/reports\/[^/]+$/.test(location.pathname)) void loadEditor().catch(() => undefined)

export function App() {
  const words = useWords(appWords)
  return (
    <QueryClientProvider client={queryClient}>
      <title>{words.productLong}</title>
      <ErrorBoundary>
        <Suspense fallback={<Splash />}>
          <Switch>
            <Route path={SIGN_IN_PATH}>
              <SignInScreen />
            </Route>
            <Route path={WORKBENCH_PATH}>
              <SignedIn>
                <WorkbenchScreen />
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
        </Suspense>
      </ErrorBoundary>
    </QueryClientProvider>
  )
}
