import type { ScheduleSpec } from '../../plan/plan.ts'
import { CRON_FIELDS, type CronTimes, DAY_OF_WEEK } from '../../plan/times/cron.ts'
import { valuesOf } from '../../plan/times/number-list.ts'
import { TimesError } from '../../plan/times/recurrence.ts'
import { parseTimes } from '../../plan/times/times.ts'

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/**
 * The lines of a timer that start a task on its schedule (systemd.timer(5)). Throws `schedule/bad-times`, also for `@reboot`: `OnBootSec` would start the
 * task whenever the timer is installed, because that time has passed.
 */
export function calendarLines({ words, matchAllDays = false }: Pick<ScheduleSpec, 'words' | 'matchAllDays'>): readonly string[] {
  return words.flatMap((text) => {
    const times = parseTimes(text)
    if (times.kind === 'reboot')
      throw new TimesError('"@reboot" is unsupported in a timer', { hint: 'Use "enable" without --systemd for this task.' })
    return (times.kind === 'calendar' ? [text.trim()] : ofCron(times, matchAllDays)).map((it) => `OnCalendar=${it}`)
  })
}

/** Two expressions if the day of month or the day of week is sufficient, as for cron: for systemd, both must match. */
function ofCron({ fields }: CronTimes, matchAllDays: boolean): readonly string[] {
  const [minutes = '', hours = '', days = '', months = ''] = CRON_FIELDS.map((field, index) => {
    const values = valuesOf(fields[index] ?? [], field)
    return values.length > field.max - field.min ? '*' : values.map((value) => String(value).padStart(2, '0')).join(',')
  })
  const weekdays = valuesOf(fields[4] ?? [], DAY_OF_WEEK)
  const onDays = weekdays.length > 6 ? '' : `${weekdays.map((day) => WEEKDAYS[day]).join(',')} `
  const at = (week: string, day: string) => `${week}*-${months}-${day} ${hours}:${minutes}:00`
  const isRestricted = (index: number) => fields[index]?.[0]?.text.startsWith('*') !== true
  if (matchAllDays || !isRestricted(2) || !isRestricted(4)) return [at(onDays, days)]
  return [at('', days), at(onDays, '*')]
}
