import {
  ONE,
  type Rational,
  ZERO,
  add,
  compare,
  divide,
  fromDecimal,
  larger,
  multiply,
  smaller,
  subtract,
} from './rational.ts'

/** What a name stands for when a formula is evaluated. `keys` are the fact keys to fill in or to correct. */
export type Lookup<T> =
  | { readonly state: 'present'; readonly value: T }
  | { readonly state: 'missing'; readonly keys: readonly string[] }
  | { readonly state: 'invalid'; readonly keys: readonly string[] }

export interface Scope {
  number(name: string): Lookup<Rational>
  text(name: string): Lookup<string>
  /** The rows of a table, each with the numbers of the asked columns in their order. */
  rows(table: string, columns: readonly string[]): Lookup<readonly (readonly Rational[])[]>
}

export type FormulaProblem = 'missingInput' | 'invalidInput' | 'zeroDenominator'
export type Outcome =
  | {
      readonly ok: true
      readonly value: Rational
      /** Highest share of a target reached, not capped; null where the formula compares with no target. */
      readonly achievement: Rational | null
    }
  /** `keys` name all inputs in question; for a zero denominator the inputs it is made of. */
  | { readonly ok: false; readonly problem: FormulaProblem; readonly keys: readonly string[] }

export type CompiledExpression =
  | { readonly ok: true; readonly names: readonly string[]; evaluate(scope: Scope): Outcome }
  | { readonly ok: false; readonly message: string }

const compiledByText = new Map<string, CompiledExpression>()

/**
 * The expression language of templates: `+ - * / ( )`, decimals, names, and
 * `min(a,b)`, `max(a,b)`, `clamp(x,lo,hi)`, `meanRatio(table,numerator,denominator,cap)`, `targetRatio(direction,target,actual)`.
 * Arithmetic is exact. Nothing is ever executed as code.
 */
export function compileExpression(text: string): CompiledExpression {
  const known = compiledByText.get(text)
  if (known) return known
  const compiled = compile(text)
  compiledByText.set(text, compiled)
  return compiled
}

const maxExpressionLength = 500

function compile(text: string): CompiledExpression {
  if (text.length > maxExpressionLength) return { ok: false, message: 'longer than 500 characters' }
  const parser = new Parser(text)
  const node = parser.parse()
  if (node === null) return { ok: false, message: parser.message }
  const names = [...new Set(namesOf(node))]
  return { ok: true, names, evaluate: (scope) => evaluate(node, scope) }
}

type Node =
  | { readonly type: 'number'; readonly value: Rational }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'operator'; readonly operator: '+' | '-' | '*' | '/'; readonly left: Node; readonly right: Node }
  | { readonly type: 'minMax'; readonly pick: typeof smaller; readonly args: readonly [Node, Node] }
  | { readonly type: 'clamp'; readonly args: readonly [Node, Node, Node] }
  | {
      readonly type: 'meanRatio'
      readonly table: string
      readonly columns: readonly [string, string]
      readonly cap: Node
    }
  | { readonly type: 'targetRatio'; readonly direction: string; readonly target: string; readonly actual: string }

function namesOf(node: Node): readonly string[] {
  switch (node.type) {
    case 'number':
      return []
    case 'name':
      return [node.name]
    case 'operator':
      return [...namesOf(node.left), ...namesOf(node.right)]
    case 'minMax':
    case 'clamp':
      return node.args.flatMap(namesOf)
    case 'meanRatio':
      return [node.table, ...namesOf(node.cap)]
    case 'targetRatio':
      return [node.direction, node.target, node.actual]
  }
}

/** A first pass asks for every input, so that all that is missing is named at once; the second pass calculates. */
function evaluate(node: Node, scope: Scope): Outcome {
  const missing = new Set<string>()
  const invalid = new Set<string>()
  const note = (lookup: Lookup<unknown>): void => {
    if (lookup.state === 'missing') lookup.keys.forEach((key) => missing.add(key))
    if (lookup.state === 'invalid') lookup.keys.forEach((key) => invalid.add(key))
  }
  askForInputs(node, scope, note)
  if (missing.size > 0) return { ok: false, problem: 'missingInput', keys: [...missing] }
  if (invalid.size > 0) return { ok: false, problem: 'invalidInput', keys: [...invalid] }
  const run = new Run(scope)
  const value = run.calculate(node)
  if (value === null) return { ok: false, problem: run.problem, keys: run.problemKeys }
  return { ok: true, value, achievement: run.achievement }
}

function askForInputs(node: Node, scope: Scope, note: (lookup: Lookup<unknown>) => void): void {
  switch (node.type) {
    case 'number':
      return
    case 'name':
      return note(scope.number(node.name))
    case 'operator':
      askForInputs(node.left, scope, note)
      return askForInputs(node.right, scope, note)
    case 'minMax':
    case 'clamp':
      return node.args.forEach((arg) => askForInputs(arg, scope, note))
    case 'meanRatio':
      note(scope.rows(node.table, node.columns))
      return askForInputs(node.cap, scope, note)
    case 'targetRatio':
      note(scope.text(node.direction))
      note(scope.number(node.target))
      return note(scope.number(node.actual))
  }
}

/** One calculation; null means the problem noted here. */
class Run {
  readonly #scope: Scope
  achievement: Rational | null = null
  problem: FormulaProblem = 'invalidInput'
  problemKeys: readonly string[] = []

  constructor(scope: Scope) {
    this.#scope = scope
  }

  calculate(node: Node): Rational | null {
    switch (node.type) {
      case 'number':
        return node.value
      case 'name':
        return present(this.#scope.number(node.name))
      case 'operator': {
        const left = this.calculate(node.left)
        const right = this.calculate(node.right)
        if (left === null || right === null) return null
        if (node.operator === '+') return add(left, right)
        if (node.operator === '-') return subtract(left, right)
        if (node.operator === '*') return multiply(left, right)
        return this.#divide(left, right, namesOf(node.right))
      }
      case 'minMax': {
        const a = this.calculate(node.args[0])
        const b = this.calculate(node.args[1])
        return a === null || b === null ? null : node.pick(a, b)
      }
      case 'clamp': {
        const x = this.calculate(node.args[0])
        const low = this.calculate(node.args[1])
        const high = this.calculate(node.args[2])
        return x === null || low === null || high === null ? null : smaller(larger(x, low), high)
      }
      case 'meanRatio':
        return this.#meanRatio(node.table, node.columns, this.calculate(node.cap))
      case 'targetRatio':
        return this.#targetRatio(node)
    }
  }

  #divide(a: Rational, b: Rational, names: readonly string[]): Rational | null {
    return divide(a, b) ?? this.#fail('zeroDenominator', names)
  }

  #fail(problem: FormulaProblem, keys: readonly string[]): null {
    this.problem = problem
    this.problemKeys = [...new Set(keys)]
    return null
  }

  #reached(ratio: Rational): void {
    if (this.achievement === null || compare(ratio, this.achievement) > 0) this.achievement = ratio
  }

  #meanRatio(table: string, columns: readonly [string, string], cap: Rational | null): Rational | null {
    const rows = present(this.#scope.rows(table, columns))
    if (rows === null || cap === null) return null
    let sum = ZERO
    for (const [numerator = ZERO, denominator = ZERO] of rows) {
      const ratio = this.#divide(numerator, denominator, [`${table}.${columns[1]}`])
      if (ratio === null) return null
      this.#reached(ratio)
      sum = add(sum, smaller(ratio, cap))
    }
    return this.#divide(sum, { n: BigInt(rows.length), d: 1n }, [table])
  }

  /** ≥ and ＞: actual ÷ target; ≤ and ＜: target ÷ actual once above it; ＝: 1 − deviation ÷ target. Never above 1. */
  #targetRatio(node: Extract<Node, { type: 'targetRatio' }>): Rational | null {
    const direction = present(this.#scope.text(node.direction))
    const target = present(this.#scope.number(node.target))
    const actual = present(this.#scope.number(node.actual))
    if (direction === null || target === null || actual === null) return null
    switch (DIRECTIONS.get(direction)) {
      case 'atLeast': {
        // A share of a target below zero would reward falling short of it.
        if (target.n < 0n) return this.#fail('invalidInput', [node.target])
        const ratio = this.#divide(actual, target, [node.target])
        if (ratio === null) return null
        this.#reached(ratio)
        return smaller(ONE, larger(ZERO, ratio))
      }
      case 'atMost': {
        if (compare(actual, target) <= 0) return ONE
        if (target.n < 0n) return this.#fail('invalidInput', [node.target])
        return this.#divide(target, actual, [node.actual])
      }
      case 'equal': {
        const difference = subtract(actual, target)
        if (difference.n === 0n) return ONE
        if (target.n < 0n) return this.#fail('invalidInput', [node.target])
        const share = this.#divide(difference.n < 0n ? subtract(ZERO, difference) : difference, target, [node.target])
        return share === null ? null : larger(ZERO, subtract(ONE, share))
      }
      default:
        return this.#fail('invalidInput', [node.direction])
    }
  }
}

const DIRECTIONS: ReadonlyMap<string, 'atLeast' | 'atMost' | 'equal'> = new Map([
  ['≥', 'atLeast'],
  ['＞', 'atLeast'],
  ['>', 'atLeast'],
  ['>=', 'atLeast'],
  ['≤', 'atMost'],
  ['＜', 'atMost'],
  ['<', 'atMost'],
  ['<=', 'atMost'],
  ['＝', 'equal'],
  ['=', 'equal'],
])

function present<T>(lookup: Lookup<T>): T | null {
  return lookup.state === 'present' ? lookup.value : null
}

/** Recursive descent; `message` holds the first thing that is wrong. */
class Parser {
  readonly #tokens: readonly string[]
  #at = 0
  message = ''

  constructor(text: string) {
    this.#tokens = text.match(/\d+(?:\.\d+)?|[A-Za-z_][A-Za-z0-9_]*|[^\s]/g) ?? []
  }

  parse(): Node | null {
    const node = this.#sum()
    if (node === null) return null
    return this.#at === this.#tokens.length ? node : this.#fail(`unexpected "${this.#peek()}"`)
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? ''
  }

  #accept(token: string): boolean {
    if (this.#peek() !== token) return false
    this.#at += 1
    return true
  }

  #fail(message: string): null {
    if (this.message === '') this.message = message
    return null
  }

  #sum(): Node | null {
    return this.#chain(['+', '-'], () => this.#product())
  }

  #product(): Node | null {
    return this.#chain(['*', '/'], () => this.#factor())
  }

  #chain(operators: readonly ('+' | '-' | '*' | '/')[], operand: () => Node | null): Node | null {
    let left = operand()
    for (;;) {
      const operator = operators.find((one) => one === this.#peek())
      if (left === null || operator === undefined) return left
      this.#at += 1
      const right = operand()
      left = right === null ? null : { type: 'operator', operator, left, right }
    }
  }

  #factor(): Node | null {
    const token = this.#peek()
    if (this.#accept('(')) {
      const inner = this.#sum()
      if (inner === null) return null
      return this.#accept(')') ? inner : this.#fail('a closing bracket is missing')
    }
    if (this.#accept('-')) {
      const right = this.#factor()
      return right && { type: 'operator', operator: '-', left: { type: 'number', value: ZERO }, right }
    }
    if (/^\d/.test(token)) {
      this.#at += 1
      const value = fromDecimal(token)
      return value === null ? this.#fail(`"${token}" is no number`) : { type: 'number', value }
    }
    if (!/^[A-Za-z_]/.test(token)) return this.#fail(token === '' ? 'ends too early' : `unexpected "${token}"`)
    this.#at += 1
    return this.#accept('(') ? this.#call(token) : { type: 'name', name: token }
  }

  #call(name: string): Node | null {
    const args: Node[] = []
    do {
      const arg = this.#sum()
      if (arg === null) return null
      args.push(arg)
    } while (this.#accept(','))
    if (!this.#accept(')')) return this.#fail('a closing bracket is missing')
    const [a, b, c, d] = args
    if ((name === 'min' || name === 'max') && a && b && args.length === 2) {
      return { type: 'minMax', pick: name === 'min' ? smaller : larger, args: [a, b] }
    }
    if (name === 'clamp' && a && b && c && args.length === 3) return { type: 'clamp', args: [a, b, c] }
    if (
      name === 'meanRatio' &&
      a?.type === 'name' &&
      b?.type === 'name' &&
      c?.type === 'name' &&
      d &&
      args.length === 4
    ) {
      return { type: 'meanRatio', table: a.name, columns: [b.name, c.name], cap: d }
    }
    if (name === 'targetRatio' && a?.type === 'name' && b?.type === 'name' && c?.type === 'name' && args.length === 3) {
      return { type: 'targetRatio', direction: a.name, target: b.name, actual: c.name }
    }
    return this.#fail(`${name} is no function of ${args.length} arguments of this kind`)
  }
}
