import { AppError, messageOf } from '../lib/errors.ts'
import type { CheckResult } from './result.ts'

/** What kept a check from its answer, as an answer. */
export function unknownOf(error: unknown): CheckResult {
  const hint = error instanceof AppError ? error.hint : undefined
  return { status: 'unknown', reason: messageOf(error), ...(hint !== undefined && { hint }), facts: [] }
}
