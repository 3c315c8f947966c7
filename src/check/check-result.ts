import { AppError, errorsOf, messageOf } from '../lib/errors.ts'

/** The status of a check, sorted by severity as in monitoring systems. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown'

/** A number found by a check: performance data of the Monitoring Plugins Development Guidelines. */
export interface CheckFact {
  readonly label: string
  readonly value: number
  /** `s`, `B`, `%`, `c` (a counter), …; empty for a plain number. */
  readonly unit: string
  /** The range outside of which it is a warning or a failure: `10`, `10:`, `@1:5`. */
  readonly warn?: string
  readonly fail?: string
  readonly min?: string
  readonly max?: string
}

export interface CheckResult {
  readonly status: CheckStatus
  /** One line with the finding; if there are several, the worst. */
  readonly reason: string
  /** What to do, as a sentence; absent if the result is good. */
  readonly hint?: string
  readonly facts: readonly CheckFact[]
}

// A missing answer may hide a failure, so it is more severe than a warning.
const WEIGHT: Readonly<Record<CheckStatus, number>> = { ok: 0, warn: 1, unknown: 2, fail: 3 }

/** Those that are not ok, the worst first. */
export function worstFirst<R extends { readonly status: CheckStatus }>(results: readonly R[]): readonly R[] {
  return results.filter(({ status }) => status !== 'ok').toSorted((a, b) => WEIGHT[b.status] - WEIGHT[a.status])
}

/** Several answers as one: the worst status counts, and all problems are reported. `good` is the reason if all are ok. */
export function joinResults(results: readonly CheckResult[], good: string): CheckResult {
  const facts = results.flatMap((it) => it.facts)
  const bad = worstFirst(results)
  const [worst] = bad
  if (worst === undefined) return { status: 'ok', reason: good, facts }
  return { ...worst, reason: bad.map(({ reason }) => reason).join('; '), facts }
}

type CheckErrorKind = 'failed' | 'unknown' | 'aborted'

/** Why a check of a task prevented it from continuing. */
export class CheckError extends errorsOf('check')<CheckErrorKind> {}

/** Converts an error that prevented an answer to an answer. */
export function unknownOf(error: unknown): CheckResult {
  const hint = error instanceof AppError ? error.hint : undefined
  return { status: 'unknown', reason: messageOf(error), ...(hint !== undefined && { hint }), facts: [] }
}

/** The result of a check. */
export interface CheckEvent extends CheckResult {
  readonly kind: 'check-ended'
  /** The name of the check in the configuration; absent if it has none. */
  readonly name?: string
  readonly check: 'dnssec' | 'disk-space' | 'freshness' | 'exec'
}
