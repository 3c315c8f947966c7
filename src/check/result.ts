import { AppError, errorsOf, messageOf } from '../lib/errors.ts'

/** How a check came out, from good to bad as a monitoring system counts. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown'

/** A number that a check found, as a monitoring system keeps it: performance data of the Monitoring Plugins Development Guidelines. */
export interface CheckFact {
  readonly label: string
  readonly value: number
  /** `s`, `B`, `%`, `c` (a counter), …; empty for a plain number. */
  readonly unit: string
  /** The range outside of which it is worth a warning or a failure: `10`, `10:`, `@1:5`. */
  readonly warn?: string
  readonly fail?: string
  readonly min?: string
  readonly max?: string
}

export interface CheckResult {
  readonly status: CheckStatus
  /** One line that says what was found; of several things the worst. */
  readonly reason: string
  /** What to do, as a sentence; absent where all is good. */
  readonly hint?: string
  readonly facts: readonly CheckFact[]
}

// An answer that could not be had may hide a failure, so it weighs more than a warning.
const WEIGHT: Readonly<Record<CheckStatus, number>> = { ok: 0, warn: 1, unknown: 2, fail: 3 }

/** Those that are not ok, the worst first. */
export function worstFirst<R extends { readonly status: CheckStatus }>(results: readonly R[]): readonly R[] {
  return results.filter(({ status }) => status !== 'ok').toSorted((a, b) => WEIGHT[b.status] - WEIGHT[a.status])
}

/** Several answers as one: the worst counts, all that is not good is told. `good` says what there is to say when all are ok. */
export function joinResults(results: readonly CheckResult[], good: string): CheckResult {
  const facts = results.flatMap((it) => it.facts)
  const bad = worstFirst(results)
  const [worst] = bad
  if (worst === undefined) return { status: 'ok', reason: good, facts }
  return { ...worst, reason: bad.map(({ reason }) => reason).join('; '), facts }
}

type CheckErrorKind = 'failed' | 'unknown' | 'aborted'

/** Why a check that a task relies on did not let it go on. */
export class CheckError extends errorsOf('check')<CheckErrorKind> {}

/** What kept a check from its answer, as an answer. */
export function unknownOf(error: unknown): CheckResult {
  const hint = error instanceof AppError ? error.hint : undefined
  return { status: 'unknown', reason: messageOf(error), ...(hint !== undefined && { hint }), facts: [] }
}

/** How a check came out. */
export interface CheckEvent extends CheckResult {
  readonly kind: 'check-ended'
  /** What the configuration calls the check; absent where it has no name. */
  readonly name?: string
  readonly check: 'dnssec' | 'disk-space' | 'freshness' | 'exec'
}
