/** Points times one hundred, an integer: 90.8 points are 9080. */
export type Hundredths = number
export type IndicatorId = string

/** What is asked and what it is worth, in one version. `templates.ts` reads the data files into it. */
export interface Template {
  readonly id: string
  readonly version: number
  readonly name: string
  readonly totalWeight: Hundredths
  /** Smallest step of a score. */
  readonly step: Hundredths
  readonly grades: readonly { readonly name: string; readonly min: Hundredths }[]
  readonly dataFields: readonly DataField[]
  readonly cover: readonly CoverField[]
  readonly sections: readonly TemplateSection[]
  /** The level-1 indicators, each with its subtree. */
  readonly indicators: readonly Indicator[]
  readonly policies: Policies
}

export interface Indicator {
  readonly id: IndicatorId
  readonly code: string
  readonly name: string
  /** Depth in the tree, from 1. */
  readonly level: number
  readonly weight: Hundredths
  readonly parentId: IndicatorId | null
  readonly children: readonly Indicator[]
  /** How a leaf is scored; a parent is the sum of its children. */
  readonly method: ScoringMethod
  /** A parent that may hold one joint score instead of its children's. */
  readonly allowScoreAtThisLevel: boolean
  readonly reasonRequiredBelowWeight: boolean
  readonly guidance: string
  /** Names of the evidence usually expected. */
  readonly evidence: readonly string[]
}

export type ScoringMethod =
  | { readonly type: 'sum' }
  | { readonly type: 'manual' }
  | {
      readonly type: 'formula'
      readonly expression: string
      readonly inputs: readonly string[]
      readonly allowOverride: boolean
    }
  | {
      readonly type: 'numericBands'
      readonly input: string
      readonly bands: readonly NumericBand[]
      readonly allowOverride: boolean
    }
  | { readonly type: 'qualitativeBands'; readonly bands: readonly QualitativeBand[] }

export interface NumericBand {
  readonly key: string
  readonly label: string
  readonly min: number | null
  readonly max: number | null
  readonly minInclusive: boolean
  readonly maxInclusive: boolean
  /** Share of the weight. */
  readonly ratio: number
}
export interface QualitativeBand {
  readonly key: string
  readonly label: string
  readonly minRatio: number
  readonly maxRatio: number
  readonly minInclusive: boolean
  readonly maxInclusive: boolean
}

export interface DataField {
  readonly key: string
  readonly label: string
  /** `money` is an integer of 分 (hundredths of a yuan) in the document; `table` is kept as flat keys `key.row.column`. */
  readonly type: 'integer' | 'number' | 'ratio' | 'money' | 'table' | 'enum' | 'numberOrText' | 'text'
  readonly unit: string | null
  readonly required: boolean
  readonly defaultValue: number | null
  /** The table cell this value stands in, as a fact key; null when it has its own key. */
  readonly from: string | null
  /** One value per indicator row, key `{indicatorId}.{key}`. */
  readonly perRow: boolean
  readonly values: readonly string[]
  readonly columns: readonly {
    readonly key: string
    readonly label: string
    readonly type: 'text' | 'number' | 'money'
  }[]
  readonly rows: readonly { readonly key: string; readonly label: string }[]
}
export interface CoverField {
  readonly key: string
  readonly label: string
  readonly type: 'text' | 'org' | 'integer' | 'personName' | 'phone' | 'date'
  readonly required: boolean
  readonly personal: boolean
  readonly seal: boolean
  readonly fixed: string | null
}
export interface TemplateSection {
  readonly id: string
  readonly title: string
  readonly kind: string
  readonly required: boolean
  readonly guidance: string
  /** What the rules read this section as. */
  readonly purpose: 'goals' | 'conclusion' | 'achievements' | 'problems' | 'plan' | null
  readonly indicatorId: IndicatorId | null
  readonly children: readonly TemplateSection[]
}
export interface Policies {
  readonly overAchievement: {
    readonly action: 'none' | 'explain' | 'deductFixed' | 'deductByDeviation'
    /** Achievement from which the policy applies: 1.3 is 130% of the target. */
    readonly threshold: number
    /** Points taken off by `deductFixed`. */
    readonly deduct: Hundredths
  }
  /** Data fields of the execution rate (spent ÷ of). */
  readonly executionRate: { readonly spent: string; readonly of: string }
  /** Pairs of data fields: the first may not exceed the second without a note. */
  readonly notMoreThan: readonly (readonly [string, string])[]
  /** Highest total for a rate below `rateBelow`; empty when the policy is off. */
  readonly executionRateCaps: readonly { readonly rateBelow: number; readonly maxTotal: Hundredths }[]
  readonly reviewDeviationWarnRatio: number
  /** Department and finance scores stay hidden from others until released. */
  readonly blindPhase: boolean
}
