import type { Issue } from './issue.ts'
import type { Plan } from './plan.ts'

/** How a loader sees files; injected, so that loaders touch no world. Both reject as `node:fs` does (`code` ENOENT, …). */
export interface FileReader {
  /** The path with every symbolic link resolved. */
  resolve(path: string): Promise<string>
  read(path: string): Promise<Uint8Array>
}

/** What a loader must be told about the host. */
export interface HostFacts {
  /** CPUs in our affinity mask. */
  readonly availableCpus: number
  /** CPUs of the machine. */
  readonly machineCpus: number
}

/** All that was found, at once. `plan` is present exactly when no issue is an error. */
export interface Loaded {
  readonly plan?: Plan
  readonly issues: readonly Issue[]
}
