import { CRON_WORDS } from '../lib/cron-words.ts'
import { CRON_FIELDS, DAY_OF_WEEK, renderField, valuesOf } from './cron-field.ts'
import { ScheduleError } from './schedule-error.ts'

/** The five times that have a short name of their own. */
const SHORT: Readonly<Record<string, string>> = {
  '0 0 * * *': '@daily',
  '0 0 * * 0': '@weekly',
  '0 0 1 * *': '@monthly',
  '0 0 1 1 *': '@yearly',
  '0 * * * *': '@hourly',
}

const NICKNAMES = new Set(['@reboot', ...Object.keys(CRON_WORDS)])

/**
 * Times of a crontab line (crontab(5)) in their usual form, as KristaBackup writes them: `00 23 * * 0` is `0 23 * * 0`, `0 0 * * *` is `@daily`.
 * Throws `schedule/bad-times`.
 */
export function renderTimes(words: string): string {
  const text = words.trim()
  if (text.startsWith('@')) {
    if (NICKNAMES.has(text)) return text
    throw new ScheduleError('bad-times', `"${text}" is no time that cron knows`, { hint: `Cron knows ${[...NICKNAMES].join(', ')}.` })
  }
  const fields = fieldsOf(text).map((field, index) => renderField(field, CRON_FIELDS[index] ?? DAY_OF_WEEK))
  const rendered = fields.join(' ')
  return SHORT[rendered] ?? rendered
}

/**
 * For times whose day of month and day of week shall both match, where cron is content with one: the line's times without the day of week, and the
 * days of week to be asked for, from 1, Monday, to 7, Sunday, as `date +%u` tells them. Throws `schedule/bad-times`.
 */
export function splitDayOfWeek(words: string): { readonly times: string; readonly days: readonly number[] } {
  const [minute = '', hour = '', day = '', month = '', week = ''] = fieldsOf(words.trim())
  const times = renderTimes([minute, hour, day, month, '*'].join(' '))
  return { times, days: valuesOf(week, DAY_OF_WEEK).map((value) => (value === 0 ? 7 : value)) }
}

function fieldsOf(text: string): readonly string[] {
  const fields = text.split(/[ \t]+/u)
  if (fields.length === CRON_FIELDS.length) return fields
  throw new ScheduleError('bad-times', `"${text}" has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, and cron wants five`, {
    hint: 'Write minute, hour, day of month, month and day of week, as in "30 2 * * *".',
  })
}
