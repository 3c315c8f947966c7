import { type CheckResult, type CheckStatus, worstFirst } from '../../check/check-result.ts'
import { asAppError } from '../../run/run-error.ts'

/** The answer to one question. */
export interface Answer extends CheckResult {
  readonly name: string
  readonly kind: string
}

/** The worst of all answers; ok if there are none. */
export function statusOf(answers: readonly Answer[]): CheckStatus {
  return worstFirst(answers)[0]?.status ?? 'ok'
}

/** Converts an error that prevented an answer to an answer. */
export function unknownAnswer(error: unknown): Answer {
  const { message, hint } = asAppError(error)
  return { name: 'check', kind: 'none', status: 'unknown', reason: message, ...(hint !== undefined && { hint }), facts: [] }
}
