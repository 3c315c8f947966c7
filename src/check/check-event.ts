import type { CheckResult } from './result.ts'

/** How a check came out. */
export interface CheckEvent extends CheckResult {
  readonly kind: 'check-ended'
  /** What the configuration calls the check; absent where it has no name. */
  readonly name?: string
  readonly check: 'dnssec' | 'disk-space' | 'freshness' | 'exec'
}
