/** Text logs of the runs of the plan, and the trigger file for monitoring. */
export interface RunLogs {
  /** As configured; a relative path refers to the folder of the configuration. */
  readonly folder: string
  /** Contains one word about the last runs. Absent: none. */
  readonly triggerFile?: string
  /** The tag of this host in the names and lines of the logs; empty: the host name. A task may override it (`Task.logTag`). */
  readonly tag: string
  /** Runs are shown on the terminal, too, as with `-v`. */
  readonly onConsole: boolean
  /** The log for entries that belong to no run, in the folder; its name is the tag in its lines. Absent: none. */
  readonly generalLog?: string
  /** `false`: the trigger file contains SUCCESS from the beginning of a run. Absent: only after a run has succeeded. */
  readonly strict?: boolean
  /** Absent: determined by the environment of the run. */
  readonly language?: LogLanguage
  /** All stderr output of a program is an error of its step. Absent: only the last output of a failed program. */
  readonly stderrIsError?: boolean
  /** The logger of decisions about single files, after the step's name and a dot. Absent: `files`. */
  readonly fileLogger?: string
  /** How long logs of runs are kept. Absent: `DEFAULT_LOG_LIMITS`. */
  readonly keep?: Partial<LogLimits>
}

export type LogLanguage = 'en' | 'ru'

export interface LogLimits {
  readonly days: number
  /** Total of all logs of runs. */
  readonly bytes: number
}

/** More than a year, for comparisons, but not the whole disk. */
export const DEFAULT_LOG_LIMITS: LogLimits = { days: 400, bytes: 1024 ** 3 }
