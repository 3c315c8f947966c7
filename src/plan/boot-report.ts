import type { NotifierSpec } from './notify.ts'

/** The boot report; all values as configured, with defaults. */
export interface BootReportSpec {
  /** The notifiers that send it; at least one. */
  readonly to: readonly NotifierSpec[]
  /** `{hostname}` is replaced; `{{` and `}}` are literal braces. The same applies to `header`. */
  readonly subject: string
  readonly header: string
  readonly uptimeSince: boolean
  readonly uptime: boolean
  readonly bootId: boolean
  readonly facts: readonly BootFact[]
  readonly waitFor?: 'systemd'
  readonly delayMs: number
}

/**
 * Optional contents of a boot report. `last-shutdown`: whether the last shutdown was clean. `down-time`: how long the host was down. `kernel`: the
 * running kernel and the newest installed one. `failed-units`: of systemd.
 */
export type BootFact = 'last-shutdown' | 'down-time' | 'kernel' | 'failed-units'
