import type { ObjectSpec } from '../../plan/plan.ts'
import type { Coverage } from '../set/coverage.ts'

/** The folders of this host that Holdfast fills itself. */
export interface OwnFolders {
  /** Those in which this step stores its sets. */
  readonly targets: readonly string[]
  /** Those of other steps, logs, and the state of the program. */
  readonly others: readonly string[]
}

/** What the coverage of an object is determined with. */
export interface CoverDeps {
  readonly own: OwnFolders
  readonly signal: AbortSignal
  /** Time limit for an answer of a file system. */
  readonly limitMs?: number
}

/** An object, adapted to the state of its source. */
export interface Covered {
  readonly object: ObjectSpec
  /** Absent: unknown for this kind of source. */
  readonly coverage?: Coverage
  /** What is missing although the plan includes it: warnings. */
  readonly notes: readonly string[]
  /** What was decided, for the preview. */
  readonly details: readonly string[]
}
