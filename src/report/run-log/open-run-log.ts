import { resolve } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import type { Redactor } from '../../lib/redactor/redactor.ts'
import { DEFAULT_LOG_LIMITS, type LogLanguage, type RunLogs } from '../../plan/run-logs.ts'
import type { RunEvent } from '../../run/events.ts'
import { openTrigger, type Trigger } from '../trigger/trigger-file.ts'
import { openRecords, type RecordsDeps } from './event-records.ts'
import { expireLogs, runLogPaths } from './expire-logs.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { textsIn } from './log-language.ts'
import { type LogRecord, ROOT, renderRecord } from './log-record.ts'

/** Writes the logs of one run and updates the trigger file. Failures do not stop the run; they are returned by `troubles`. */
export interface RunLog {
  watch(event: RunEvent): void
  /** The previous run was killed, and could not record it. */
  killedBefore(runId: string): void
  /** The run was requested to stop; it may not end in an orderly way. */
  stopping(why: string): void
  /** The run cannot begin, or an internal error occurred afterwards. */
  broken(message: string): void
  /** Closes the logs and removes old ones. */
  end(): void
  /** The files that could not be written, with their errors, each once. */
  troubles(): readonly string[]
}

export interface RunLogDeps extends Pick<RecordsDeps, 'kindOf'> {
  readonly logs: RunLogs
  /** The folder of the configuration, in which relative paths start. */
  readonly home: string
  readonly tag: string
  /** All tags of logs of this plan. */
  readonly allTags: readonly string[]
  readonly began: Date
  readonly clock: () => Date
  /** The language in the environment of the run. */
  readonly language: LogLanguage
  /** Hidden in every line; may grow. */
  readonly redactor: Redactor
  /** Receives each line; absent if there is no observer. */
  readonly show?: (line: string) => void
}

export function openRunLog(deps: RunLogDeps): RunLog {
  const { logs, home, tag, began, clock, redactor } = deps
  const folder = resolve(home, logs.folder)
  const paths = runLogPaths(folder, tag, began)
  const files = { main: openLogFile(paths.main), debug: openLogFile(paths.debug) }
  const texts = textsIn(logs.language ?? deps.language)
  const { stderrIsError = false, fileLogger = 'files' } = logs
  const records = openRecords({ texts, stderrIsError, fileLogger, kindOf: deps.kindOf })
  const trigger = openGuardedTrigger(deps)
  const write = ({ text, ...record }: LogRecord) => {
    const line = renderRecord({ ...record, text: redactor.hide(text) }, { tag, at: clock() })
    files.debug.append(line)
    if (record.level !== 'DEBUG') files.main.append(line)
    deps.show?.(line)
    if (record.level === 'WARNING' || record.level === 'ERROR') trigger.report(record.level)
  }
  let hasBegun = false
  const begin = () => {
    if (!hasBegun) trigger.begin()
    hasBegun = true
  }
  return {
    watch(event) {
      if (event.kind === 'run-began') begin()
      for (const record of records.of(event)) write(record)
      if (event.kind === 'run-ended' && (event.result.status === 'ok' || event.result.status === 'warnings')) trigger.end()
    },
    killedBefore: (runId) => write({ level: 'WARNING', logger: ROOT, text: texts.killedBefore(runId) }),
    stopping: (why) => write({ level: 'ERROR', logger: ROOT, text: texts.stopComes(why) }),
    broken(message) {
      const text = hasBegun ? texts.runFailed(message) : texts.notBegun(message)
      begin()
      write({ level: 'ERROR', logger: ROOT, text })
    },
    end() {
      for (const file of [files.main, files.debug]) file.close()
      expireLogs({ folder, tags: deps.allTags, limits: { ...DEFAULT_LOG_LIMITS, ...logs.keep } }, clock())
    },
    troubles: () => [...troubleOf(paths.main, files.main), ...troubleOf(paths.debug, files.debug), ...trigger.troubles()],
  }
}

function troubleOf(path: string, file: Pick<LogFile, 'trouble'>): readonly string[] {
  const why = file.trouble()
  return why === undefined ? [] : [`could not write the log "${path}": ${why}`]
}

// Each update waits for the disk, and a program may report thousands of errors.
const REPEAT_MS = 10_000

/** A trigger that never throws, and does not repeat its last state. */
function openGuardedTrigger({ logs, home, clock }: RunLogDeps): Trigger & Pick<RunLog, 'troubles'> {
  const path = logs.triggerFile === undefined ? undefined : resolve(home, logs.triggerFile)
  const trigger = path === undefined ? undefined : openTrigger({ path, strict: logs.strict ?? true, clock })
  let trouble: string | undefined
  let lastWritten: { readonly level: string; readonly atMs: number } | undefined
  const isChanged = (level: string) => {
    const atMs = clock().getTime()
    if (lastWritten !== undefined && (lastWritten.level === level || lastWritten.level === 'ERROR') && Math.abs(atMs - lastWritten.atMs) < REPEAT_MS)
      return false
    lastWritten = { level, atMs }
    return true
  }
  const guarded = (work: () => void) => {
    try {
      work()
    } catch (error) {
      trouble ??= messageOf(error)
    }
  }
  return {
    begin: () => guarded(() => trigger?.begin()),
    report(level) {
      if (isChanged(level)) guarded(() => trigger?.report(level))
    },
    end: () => guarded(() => trigger?.end()),
    troubles: () => (trouble === undefined ? [] : [`could not write the trigger file "${path}": ${trouble}`]),
  }
}
