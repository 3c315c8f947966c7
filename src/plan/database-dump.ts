import type { DumpFiles } from './dated-files.ts'
import type { StepOptions } from './steps/step-options.ts'

/** Dumps databases found when it runs, each into a file (or folder) of a dated name. */
export interface DumpStep extends StepOptions {
  readonly kind: 'dump'
  /** Databases, server, folder and names. The folder is made if missing. */
  readonly files: DumpFiles
  /** `pg_dump` or the path of one. */
  readonly program: string
  readonly format: 'custom' | 'directory' | 'plain' | 'tar'
  /** Options that the configuration adds, right after the program. */
  readonly options: readonly string[]
}
