import type { AppError } from '../../lib/errors.ts'
import type { Failpoint } from '../../lib/failpoint.ts'
import type { FailureLocation } from '../../run/run-result.ts'
import type { HostCrontab } from '../../schedule/host-crontab.ts'
import type { HeldSignals } from './held-signals.ts'

/** The host, process and caller as seen by a use case. Each face and each test provides one. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly clock: () => Date
  readonly signals: HeldSignals
  readonly failpoint?: Failpoint
  /** Absent: the crontab of the user that the plan names. */
  readonly crontab?: HostCrontab
  /** Files that other users could have written are accepted. */
  readonly allowsUnsafe?: boolean
  /** Whether the run was started by a user at a terminal. */
  readonly isAtTerminal: boolean
  /** Reports a failure of a run or of a part of the request, such as one of several storages that cannot be read. `place`: location in a run. */
  fail(error: AppError, place?: FailureLocation): void
  /** Reports a remark that is not a failure. */
  note(text: string): void
  /** Text for the standard output, where a plan asks for one: the notifier `stdout`, the log lines of an ancestor. */
  print(text: string): void
}

/** The environment variable with which the server of the pages starts a command: the job whose progress the command records. */
export const JOB_VARIABLE = 'HOLDFAST_JOB'

/** The same, for the account that started it. Commands that the command starts inherit it. */
export const JOB_USER_VARIABLE = 'HOLDFAST_JOB_USER'
