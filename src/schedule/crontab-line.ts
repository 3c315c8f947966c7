import { errorsOf } from '../lib/errors.ts'
import { printable } from '../lib/format.ts'
import { shellWord } from '../lib/shell-word.ts'
import { renderCrontabTimes, splitDayOfWeek } from './crontab-times.ts'

export class ScheduleError extends errorsOf('schedule')<'bad-name' | 'no-crontab'> {}

/** What a line of a crontab shall do. */
export interface CrontabEntry {
  readonly task: string
  /** Five fields, or a nickname such as `@daily`. */
  readonly times: string
  /** Day of month and day of week must both match. */
  readonly matchAllDays?: boolean
  /** The program with its arguments, absolute. */
  readonly argv: readonly string[]
  /** Where what the run printed is kept until the next one. */
  readonly outputFile?: string
  /** Gets the word ERROR when the run printed anything at all. Needs `outputFile`. */
  readonly triggerFile?: string
}

/**
 * One line of a crontab, without its end. Its last words, ` # TASK`, tell whose it is (`isEntryOf`). Throws `schedule/bad-times`, or `schedule/bad-name`
 * for a task whose name no line can hold, or show as it is.
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
  // To cron an unescaped percent sign is the end of the command (crontab(5)).
  return `${when.times} ${command.replaceAll('%', '\\%')} # ${task}`
}

function inDoubleQuotes(text: string): string {
  return `"${text.replaceAll(/["\\$`]/gu, '\\$&')}"`
}
