import { dirname, resolve } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { describeLocation } from '../../plan/issue.ts'
import type { Loaded } from '../../plan/loading.ts'
import { writeGeneralLog } from '../../report/run-log/general-log.ts'
import { openTrigger } from '../../report/trigger/trigger-file.ts'
import type { Host } from '../host/host.ts'
import { LogFailure } from './run-log.ts'

/** An invalid configuration is an error of the requested task: it is written to the general log and the trigger file, if the configuration defines them. */
export function logUnusable({ logs: loggable, issues }: Loaded, { clock, fail }: Host): void {
  if (loggable === undefined) return
  const { logs, file } = loggable
  const home = dirname(file)
  const text = issues.filter(({ severity }) => severity === 'error').map((it) => `${describeLocation(it)}: ${it.message}`)
  const trouble = writeGeneralLog(logs, { home, level: 'ERROR', text: text.join('\n'), at: clock(), makesFolder: true })
  if (trouble !== undefined) fail(new LogFailure(`could not write the general log: ${trouble}`))
  if (logs.triggerFile === undefined) return
  try {
    openTrigger({ path: resolve(home, logs.triggerFile), strict: true, clock }).report('ERROR')
  } catch (error) {
    fail(new LogFailure(`could not write the trigger file: ${messageOf(error)}`))
  }
}
