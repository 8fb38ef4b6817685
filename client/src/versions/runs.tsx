import './attribution.css'

interface RunsProps {
  readonly runs: readonly {
    readonly op: string
    readonly text: string
    readonly role?: string | undefined
    readonly by?: string | undefined
  }[]
  /** Of whoever wrote all of them, where the runs don't say. */
  readonly role?: string
}

/** Words with what was inserted and deleted, in the colours of who did it. Long unchanged stretches are cut. */
export function Runs({ runs, role }: RunsProps) {
  return (
    <p className="runs">
      {runs.map(({ op, text, by, ...run }, index) => {
        const className = run.role ?? role ?? 'field'
        if (op === 'insert')
          return (
            <ins key={index} className={className} title={by}>
              {text}
            </ins>
          )
        if (op === 'delete')
          return (
            <del key={index} className={className} title={by}>
              {text}
            </del>
          )
        return <span key={index}>{shortened(text)}</span>
      })}
    </p>
  )
}

export const shortened = (text: string) => (text.length > 48 ? `${text.slice(0, 20)}…${text.slice(-20)}` : text)
