import type { Report } from '../../document/issue-report.ts'
import type { Definition } from './commands/definitions.ts'

/** Shared by the compilers of the parts. */
export interface Context {
  readonly report: Report
  /** The configuration's `vl`. */
  readonly verbosity: number
  readonly modules: ReadonlySet<string>
  readonly execs: ReadonlyMap<string, Definition>
  /** False if a file could not be read: missing definitions may be in it. */
  readonly complete: boolean
}
