import { errorsOf } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { shellWord } from '../lib/shell-word.ts'
import { renderCrontabTimes, splitDayOfWeek } from './crontab-times.ts'

export class ScheduleError extends errorsOf('schedule')<'bad-name' | 'no-crontab'> {}

/** The contents of a crontab line. */
export interface CrontabEntry {
  readonly task: string
  /** Five fields, or a nickname such as `@daily`. */
  readonly times: string
  /** Day of month and day of week must both match. */
  readonly matchAllDays?: boolean
  /** The program with its arguments, absolute. */
  readonly argv: readonly string[]
  /** Receives the output of the run, until the next one. */
  readonly outputFile?: string
  /** Receives the word ERROR if the run printed anything. Requires `outputFile`. */
  readonly triggerFile?: string
}

/**
 * One crontab line, without its end. Its last words, ` # TASK`, identify the task (`isEntryOf`). Throws `schedule/bad-times`, or `schedule/bad-name`
 * for a task whose name cannot be written in a line or would be displayed differently.
 */
export function renderEntry({ task, times, matchAllDays = false, argv, outputFile, triggerFile }: CrontabEntry): string {
  if (printable(task) !== task || task.trim() !== task || task === '')
    throw new ScheduleError('bad-name', `the name "${printable(task)}" cannot be used in a crontab`, { hint: 'Rename the task.' })
  const when = matchAllDays ? splitDayOfWeek(times) : { times: renderCrontabTimes(times), days: [] }
  const asked = when.days.map((day) => `$(date "+%u") -eq ${day}`).join(' -o ')
  const command = [
    asked === '' ? '' : `/usr/bin/test ${asked} && `,
    argv.map(shellWord).join(' '),
    outputFile === undefined ? '' : ` 2>&1 | /usr/bin/tee ${shellWord(outputFile)}`,
    triggerFile === undefined ? '' : ` | xargs -r -0 sh -c ${inDoubleQuotes(`echo ERROR > ${shellWord(triggerFile)}`)}`,
  ].join('')
  // For cron, an unescaped percent sign ends the command (crontab(5)).
  return `${when.times} ${command.replaceAll('%', '\\%')} # ${task}`
}

function inDoubleQuotes(text: string): string {
  return `"${text.replaceAll(/["\\$`]/gu, '\\$&')}"`
}
