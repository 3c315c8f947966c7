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

/** What a loader must be told about the host. */
export interface HostFacts {
  /** CPUs in our affinity mask. */
  readonly availableCpus: number
  /** CPUs of the machine. */
  readonly machineCpus: number
  /** Of our own environment, what commands of a native configuration inherit: PATH, HOME, LANG, TZ as far as they are set. Absent = none of them. */
  readonly environment?: Readonly<Record<string, string>>
  /** All of our own environment but what is meant for us alone: what commands of KristaBackup's form inherit. Absent = `environment`. */
  readonly inherited?: Readonly<Record<string, string>>
  /** Programs of ours that stages are made of. Absent = their names alone. */
  readonly ownPrograms?: OwnPrograms
}

export interface OwnPrograms {
  /** Node.js itself. */
  readonly node: string
  /** The folder that holds `host-facts.sh` and `copy-sqlite.mjs`. */
  readonly shareFolder: string
}

/** All that was found, at once. Without a plan some issue is an error. A plan beside errors is one whose parts that they concern fail when they are run. */
export interface Loaded {
  readonly plan?: Plan
  readonly issues: readonly Issue[]
  /** Of a configuration that gives no plan: the logs that it asks for all the same, and the file, resolved, which relative paths lie beside. */
  readonly logs?: { readonly logs: RunLogs; readonly file: string }
}
