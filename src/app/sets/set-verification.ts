import type { VerifyResult } from '../../backup/verify/verify-set.ts'
import type { AppError } from '../../lib/errors.ts'
import type { OwnedTarget } from '../../plan/steps/sets-of.ts'

/** The result for one set. `error`: it could not be read, or is not a set of Holdfast. */
export type SetVerification = VerifyResult | { readonly set: string; readonly error: AppError }

/** The location of a verified set. */
export interface SetLocation {
  readonly owned: OwnedTarget
  readonly storage: string
}

export function isSound(verification: SetVerification): boolean {
  return !('error' in verification) && verification.problems.length === 0
}
