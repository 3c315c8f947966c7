import type { NotifierSpec } from './notify.ts'

/** The report about the host's start; every value as configured, defaults filled in. */
export interface BootReportSpec {
  /** Who gets it; at least one. */
  readonly to: readonly NotifierSpec[]
  /** `{hostname}` is filled in; `{{` and `}}` stand for braces. So in `header`. */
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
 * What a boot report can tell beside the host's name and time. `last-shutdown`: whether the system was shut down in order. `down-time`: for how long it was
 * not up. `kernel`: which one runs, and which is the newest installed. `failed-units`: of systemd.
 */
export type BootFact = 'last-shutdown' | 'down-time' | 'kernel' | 'failed-units'
