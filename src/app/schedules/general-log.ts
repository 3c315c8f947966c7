import { dirname } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { writeGeneralLog } from '../../report/run-log/general-log.ts'
import type { LogLevel } from '../../report/run-log/log-record.ts'
import { languageOf, textsIn } from '../../report/run-log/texts-in.ts'
import type { Host } from '../host/host.ts'

/** The change of the crontab, and its result. */
interface Changed<T> {
  readonly value: T
  readonly enabled: readonly string[]
  readonly disabled: readonly string[]
}

interface Change {
  readonly plan: Plan
  readonly command: string
  /** Nothing is changed or logged. */
  readonly isDry: boolean
}

/** Writes the change, or the reason of its failure, to the general log of the plan, if it has one. */
export async function logChange<T>({ plan, command, isDry }: Change, host: Host, work: () => Promise<Changed<T>>): Promise<T> {
  const { runLogs, file } = plan
  const texts = textsIn(runLogs?.language ?? languageOf(host.env))
  const log = (level: LogLevel, text: string) => {
    if (runLogs === undefined || isDry) return
    const trouble = writeGeneralLog(runLogs, { home: dirname(file), level, text, at: host.clock(), makesFolder: false })
    if (trouble !== undefined) host.note(`could not write the general log: ${trouble}`)
  }
  try {
    const { value, enabled, disabled } = await work()
    for (const task of enabled) log('INFO', texts.enabled(task))
    for (const task of disabled) log('INFO', texts.disabled(task))
    return value
  } catch (error) {
    log('ERROR', texts.cannotDo(command, messageOf(error)))
    throw error
  }
}
