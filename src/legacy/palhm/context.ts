import type { Report } from '../../document/report.ts'
import type { Definition } from './commands/definitions.ts'

/** What the compilers of the parts share. */
export interface Context {
  readonly report: Report
  /** The configuration's `vl`. */
  readonly verbosity: number
  readonly modules: ReadonlySet<string>
  readonly execs: ReadonlyMap<string, Definition>
  /** False when a file could not be read: what seems to be missing may stand there. */
  readonly complete: boolean
}
