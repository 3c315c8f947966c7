import type { Failpoint } from '../lib/failpoint.ts'
import type { AcceptedCodes, Command } from '../plan/command.ts'
import type { LocatedArchives } from '../plan/steps/archives-of.ts'
import type { Limits, Processes } from '../process/processes.ts'
import type { ArchiveDeps } from './events.ts'

/** The dependencies of steps for dated files, except for events. */
export interface ArchiveWork extends ArchiveDeps {
  readonly processes: Processes
  readonly limits: Limits
  readonly signal: AbortSignal
  readonly failpoint?: Failpoint
  /** Trusts users who can write to a folder of dated files, or to a folder above it. */
  readonly trustsFolders?: boolean
  /** The user confirms that the clock is right: age limits are not suspended if it seems to have jumped ahead. */
  readonly isClockConfirmed?: boolean
  /** The folder for records of this host. Absent: nothing is recorded. */
  readonly stateFolder?: string
  /** The user confirms that the current mounts are correct: recorded archives in folders that are missing or were exchanged are forgotten. */
  readonly acceptsMounts?: boolean
  /** All archives in the plan: a level 0 may be needed by an archive of another file set. */
  readonly archives?: readonly LocatedArchives[]
}

/** A program of the base system, with messages in English. */
export function tool(argv: readonly [string, ...string[]], accept: AcceptedCodes = { min: 0, max: 0 }, workingFolder?: string): Command {
  return {
    argv,
    environment: { kind: 'exactly', values: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
    searchPath: ['/usr/bin', '/bin'],
    accept,
    // Its output is not shown directly.
    showStdout: 'never',
    showStderr: 'verbose',
    ...(workingFolder !== undefined && { workingFolder }),
  }
}
