import { type CheckResult, type CheckStatus, worstFirst } from '../../check/result.ts'
import { asAppError } from '../../run/run-error.ts'

/** What came of one thing asked. */
export interface Answer extends CheckResult {
  readonly name: string
  readonly kind: string
}

/** The worst of all; of nothing asked, ok. */
export function statusOf(answers: readonly Answer[]): CheckStatus {
  return worstFirst(answers)[0]?.status ?? 'ok'
}

/** What kept a check from answering, as an answer. */
export function unknownAnswer(error: unknown): Answer {
  const { message, hint } = asAppError(error)
  return { name: 'check', kind: 'none', status: 'unknown', reason: message, ...(hint !== undefined && { hint }), facts: [] }
}
