/** Text logs that each run of the plan leaves, and the file that monitoring looks at. */
export interface RunLogs {
  /** As configured; relative = to the folder of the configuration. */
  readonly folder: string
  /** Holds one word about the last runs. Absent: there is none. */
  readonly triggerFile?: string
  /** What stands for this host in the names and lines of the logs; empty = its name. A task may say it otherwise (`Task.logTag`). */
  readonly tag: string
  /** Runs are shown on the terminal too, as with `-v`. */
  readonly onConsole: boolean
  /** The log of what belongs to no run, in the folder; its name stands in its lines for the host. Absent: there is none. */
  readonly generalLog?: string
  /** `false`: the trigger file says SUCCESS from a run's beginning on. Absent = only when a run has succeeded. */
  readonly strict?: boolean
  /** Absent = as the environment of the run says. */
  readonly language?: LogLanguage
  /** Whatever a program writes to its stderr is an error of its step. Absent = only what one that fails has written last. */
  readonly stderrIsError?: boolean
  /** What decisions about single files are told by in the logs, behind their step's name and a dot. Absent = `files`. */
  readonly fileLogger?: string
  /** What is kept of the logs of runs. Absent = `DEFAULT_LOG_LIMITS`. */
  readonly keep?: Partial<LogLimits>
}

export type LogLanguage = 'en' | 'ru'

export interface LogLimits {
  readonly days: number
  /** Of all logs of runs together. */
  readonly bytes: number
}

/** More than a year, so that what was long ago can be compared; and not the whole disk. */
export const DEFAULT_LOG_LIMITS: LogLimits = { days: 400, bytes: 1024 ** 3 }
