import type { Command } from './command.ts'
import type { StepOptions } from './steps/step-options.ts'

/** Asks one thing of this host or of what it depends on. The answer is ok, warn, fail or unknown. */
export type CheckSpec = DnssecCheck | DiskSpaceCheck | FreshnessCheck | PluginCheck

/** Runs a check: a failure ends the task, a warning is noted. */
export interface CheckStep extends StepOptions {
  readonly kind: 'check'
  /** What `check NAME` calls it. Absent: it has no name of its own. */
  readonly name?: string
  readonly check: CheckSpec
}

interface Asked {
  /** What has no answer by then is unknown. */
  readonly timeoutMs: number
}

/** Whether names of the DNS are signed, validated, and remain so (RFC 4033 to 4035). */
export interface DnssecCheck extends Asked {
  readonly kind: 'dnssec'
  /** Absolute, in lower case, without the last dot; the root is `.`. */
  readonly names: readonly string[]
  /** Types of records that each name has: `A`, `MX`, … */
  readonly types: readonly string[]
  /** Address or name of a validating resolver. Absent: the system's. */
  readonly resolver?: string
  readonly port?: number
  /** Signatures that end sooner are worth a warning; sooner than `failMs`, a failure. */
  readonly warnMs: number
  readonly failMs: number
  /** `dig` without arguments. */
  readonly dig: Command
}

/** Whether file systems have room. */
export interface DiskSpaceCheck extends Asked {
  readonly kind: 'disk-space'
  readonly paths: readonly string[]
  /** Less free than this. */
  readonly warn: FreeSpace
  readonly fail: FreeSpace
  /** Percent of the inodes that are free. */
  readonly warnInodesPercent: number
  readonly failInodesPercent: number
}

/** How much is free; percent are of what an ordinary user could have in all, as df(1) counts. */
export type FreeSpace = { readonly kind: 'percent'; readonly percent: number } | { readonly kind: 'bytes'; readonly bytes: number }

/** How old the last good set of each storage is. */
export interface FreshnessCheck extends Asked {
  readonly kind: 'freshness'
  readonly task: string
  /** The name of one of the task's backup steps; absent: all of them, those of tasks inside it too. */
  readonly step?: string
  /** Older than this. Absent: as the task's schedule says, where it has one. */
  readonly warnMs?: number
  readonly failMs?: number
}

/** What a plugin says that speaks the language of Nagios (Monitoring Plugins Development Guidelines). */
export interface PluginCheck extends Asked {
  readonly kind: 'exec'
  /** Accepts every exit code: 0 to 3 are its answers. */
  readonly command: Command
}
