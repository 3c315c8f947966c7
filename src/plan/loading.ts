import type { Issue } from './issue.ts'
import type { Plan } from './plan.ts'
import type { RunLogs } from './run-logs.ts'

/** How a loader sees files; injected, so that loaders open nothing themselves. Both reject as `node:fs` does (`code` ENOENT, …). */
export interface FileReader {
  /** The path with every symbolic link resolved. */
  resolve(path: string): Promise<string>
  read(path: string): Promise<Uint8Array>
  /** The names in a folder. Absent: patterns are not expanded. */
  list?(folder: string): Promise<readonly string[]>
}

/** The facts about the host that a loader needs. */
export interface HostFacts {
  /** The number of CPUs in the affinity mask. */
  readonly availableCpus: number
  /** CPUs of the machine. */
  readonly machineCpus: number
  /** The variables of Holdfast's environment that commands of a native configuration inherit: PATH, HOME, LANG, TZ, if set. Absent: none of them. */
  readonly environment?: Readonly<Record<string, string>>
  /** Holdfast's environment, without its own variables, which commands of a KristaBackup configuration inherit. Absent: `environment`. */
  readonly inherited?: Readonly<Record<string, string>>
  /** Where the running slapd has its configuration; undefined: where slapcat expects it. Absent: unknown, as undefined. */
  readonly slapdConfig?: () => SlapdConfig | undefined
  /** Programs of Holdfast used as stages. Absent: where packages would have them. */
  readonly ownPrograms?: OwnPrograms
}

/** A folder (`-F`) or file (`-f`) with the configuration of slapd, by its absolute path. */
export interface SlapdConfig {
  readonly option: '-F' | '-f'
  readonly path: string
}

export interface OwnPrograms {
  /** Writes a copy of a database to its stdout; further arguments: the database, a folder for temporary files. */
  readonly copySqlite: readonly [string, ...string[]]
  /** Writes a tar archive to its stdout. */
  readonly hostFacts: readonly [string, ...string[]]
}

/**
 * The result, with all issues. Without a plan, at least one issue is an error. If there is a plan in spite of errors, the affected parts fail when
 * they are run.
 */
export interface Loaded {
  readonly plan?: Plan
  readonly issues: readonly Issue[]
  /** For a configuration without a plan: its logs, as far as they are valid, and the file with links resolved, beside which relative paths start. */
  readonly logs?: { readonly logs: RunLogs; readonly file: string }
}
