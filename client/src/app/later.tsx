import { useEffect, type ComponentType } from 'react'
import { useWords } from './language.ts'
import { appWords } from './messages.ts'
import { createProgram, fetchMissing, type ProgramOptions, type ProgramState } from './program.ts'
import { Splash } from './state-pages.tsx'
import { useLive } from './use-live.ts'

export interface StandInProps<P> {
  readonly state: Absent
  /** Of what it stands in for. */
  readonly props: P
}

export type Absent = Exclude<ProgramState<unknown>, { kind: 'here' }>

/** A component whose program is fetched when it is first shown, or earlier by `fetch`. Until then something stands in. */
export function later<P extends object>(
  load: () => Promise<ComponentType<P>>,
  { StandIn, ...options }: ProgramOptions & { readonly StandIn: ComponentType<StandInProps<P>> },
): ComponentType<P> & { readonly fetch: () => void } {
  const program = createProgram(load, options)
  function Later(props: P) {
    const state = useLive(program.state)
    useEffect(() => program.fetch(), [])
    if (state.kind !== 'here') return <StandIn state={state} props={props} />
    const Component = state.value
    return <Component {...props} />
  }
  return Object.assign(Later, { fetch: () => program.fetch() })
}

/** For what nobody misses as long as the rest is there. */
export function NothingStandIn() {
  return null
}

export function PageStandIn({ state }: { state: Absent }) {
  if (state.kind === 'fetching') return <Splash />
  return (
    <main className="state-page" role="alert">
      <Absence state={state} />
    </main>
  )
}

export function PanelStandIn({ state }: { state: Absent }) {
  const words = useWords(appWords)
  return state.kind === 'fetching' ? (
    <p className="panel-loading">{words.loading}</p>
  ) : (
    <div className="panel-problem" role="alert">
      <Absence state={state} />
    </div>
  )
}

/** What happened, in the user's words, and how to go on. */
export function Absence({ state }: { state: Exclude<Absent, { kind: 'fetching' }> }) {
  const words = useWords(appWords)
  const isReplaced = state.kind === 'missing' && state.why === 'replaced'
  return (
    <>
      <p>{state.kind === 'offline' ? words.partOffline : isReplaced ? words.partReplaced : words.partUnreachable}</p>
      <p className="absence-actions">
        {isReplaced ? null : (
          <button type="button" className="btn primary" onClick={fetchMissing}>
            {words.retry}
          </button>
        )}
        {state.kind === 'offline' ? null : (
          <button type="button" className={isReplaced ? 'btn primary' : 'btn'} onClick={() => location.reload()}>
            {words.reload}
          </button>
        )}
      </p>
    </>
  )
}
