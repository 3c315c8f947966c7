import type { Command } from './command.ts'
import type { StepOptions } from './steps/step-options.ts'

/** Checks one property of this host or of a service that it depends on. The result is ok, warn, fail or unknown. */
export type CheckSpec = DnssecCheck | DiskSpaceCheck | FreshnessCheck | PluginCheck

/** Runs a check: a failure ends the task, a warning is noted. */
export interface CheckStep extends StepOptions {
  readonly kind: 'check'
  /** The name for `check NAME`. Absent: unnamed. */
  readonly name?: string
  readonly check: CheckSpec
}

interface TimedCheck {
  /** A check without an answer by then is unknown. */
  readonly timeoutMs: number
}

/** Whether DNS names are signed and validated, and remain so (RFC 4033 to 4035). */
export interface DnssecCheck extends TimedCheck {
  readonly kind: 'dnssec'
  /** Absolute, in lower case, without the last dot; the root is `.`. */
  readonly names: readonly string[]
  /** The types of records that each name must have: `A`, `MX`, … */
  readonly types: readonly string[]
  /** Address or name of a validating resolver. Absent: the system's. */
  readonly resolver?: string
  readonly port?: number
  /** Signatures that expire sooner are a warning; sooner than `failMs`, a failure. */
  readonly warnMs: number
  readonly failMs: number
  /** `dig` without arguments. */
  readonly dig: Command
}

/** Whether file systems have enough free space. */
export interface DiskSpaceCheck extends TimedCheck {
  readonly kind: 'disk-space'
  readonly paths: readonly string[]
  /** Less free than this. */
  readonly warn: FreeSpace
  readonly fail: FreeSpace
  /** Percent of the inodes that are free. */
  readonly warnInodesPercent: number
  readonly failInodesPercent: number
}

/** Free space; percentages are those of the space available to ordinary users, like df(1). */
export type FreeSpace = { readonly kind: 'percent'; readonly percent: number } | { readonly kind: 'bytes'; readonly bytes: number }

/** The age of the last good set on each storage. */
export interface FreshnessCheck extends TimedCheck {
  readonly kind: 'freshness'
  readonly task: string
  /** The name of one of the task's backup steps; absent: all of them, including those of tasks inside it. */
  readonly step?: string
  /** A warning if it is older. Absent: derived from the task's schedule, if it has one. */
  readonly warnMs?: number
  readonly failMs?: number
}

/** The result of a Nagios plugin (Monitoring Plugins Development Guidelines). */
export interface PluginCheck extends TimedCheck {
  readonly kind: 'exec'
  /** Accepts every exit code: 0 to 3 are results. */
  readonly command: Command
}
