import { formatPoints, gradeOf } from '@gongping/scoring'
import type { ColumnScore, Template } from '@gongping/scoring'
import { EMPTY } from '../app/format.ts'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { formatDelta } from './cell.ts'
import { scoreWords } from './words.ts'

/** The total that counts while people work, its grade, and the level-1 indicators as bars. */
export function ScoreHead({ session }: { session: ReportSession }) {
  const words = useWords(scoreWords)
  const score = useLive(session.score)
  const { template } = session
  const { self } = score
  return (
    <div className="score-head num">
      <output className="score-sum" aria-atomic="true">
        {/* Nothing scored is no score of 0. */}
        <b className="score-total">{self.scoredWeight === 0 ? EMPTY : formatPoints(self.total ?? self.partial)}</b>
        <span className="score-of">
          {words.outOf({ total: formatPoints(template.totalWeight), column: words.columns.self })}
        </span>
        {self.grade ? (
          <span className={`score-grade grade-${gradeRank(template, self.grade)}`}>{self.grade}</span>
        ) : null}
        <span className="grow" />
        <span className="score-others">
          {(['department', 'finance'] as const).map((column) => (
            <ReviewTotal key={column} name={words.columns[column]} review={score[column]} self={self} />
          ))}
        </span>
      </output>
      <p className="score-distance">{distanceText(words, template, self)}</p>
      <div className="score-bars">
        {template.indicators.map((indicator) => {
          const one = self.byIndicator.get(indicator.id)
          const points = one?.score ?? partialBelow(self, indicator.id)
          const share = indicator.weight > 0 ? Math.max(0, Math.min(1, points / indicator.weight)) : 0
          return (
            <div key={indicator.id} className={share < WEAK_SHARE ? 'weak' : undefined} title={indicator.name}>
              <span className="score-bar-head">
                <span className="score-bar-name">{indicator.name}</span>
                <span>
                  <b>{formatPoints(points)}</b>/{formatPoints(indicator.weight)}
                </span>
              </span>
              <svg className="score-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect width="100" height="6" className="track" />
                <rect width={share * 100} height="6" className="fill" />
              </svg>
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Below this share of its weight a level-1 indicator is drawn as weak. */
const WEAK_SHARE = 0.85

function ReviewTotal({ name, review, self }: { name: string; review: ColumnScore; self: ColumnScore }) {
  const words = useWords(scoreWords)
  const delta = review.total !== null && self.total !== null ? review.total - self.total : null
  return (
    <span>
      {name} <b>{review.total === null ? EMPTY : formatPoints(review.total)}</b>
      {delta === null ? null : (
        <em className={delta < 0 ? 'down' : ''}>{words.distance({ points: formatDelta(delta) })}</em>
      )}
    </span>
  )
}

type Words = (typeof scoreWords)['zh']

function distanceText(words: Words, template: Template, self: ColumnScore): string {
  if (self.total === null) {
    return words.incomplete({ scored: formatPoints(self.scoredWeight), total: formatPoints(template.totalWeight) })
  }
  if (self.cap !== null && self.cap < self.total) return words.capped({ cap: formatPoints(self.cap) })
  const grade = gradeOf(template, self.total)
  const rank = template.grades.findIndex((one) => one.name === grade)
  const next = template.grades[rank - 1]
  if (next) return words.toNextGrade({ points: formatPoints(next.min - self.total), grade: next.name })
  const own = template.grades[rank]
  return own ? words.aboveGrade({ points: formatPoints(self.total - own.min), grade: own.name }) : ''
}

/** 0 for the best grade, so that its colour does not depend on its name. */
const gradeRank = (template: Template, grade: string) => template.grades.findIndex((one) => one.name === grade)

/** What is scored so far under a level-1 indicator whose sum is not complete. */
function partialBelow(column: ColumnScore, id: string): number {
  let sum = 0
  for (const [key, one] of column.byIndicator) {
    if (key.startsWith(`${id}.`) && one.score !== null && one.origin !== 'sum') sum += one.score
  }
  return sum
}
