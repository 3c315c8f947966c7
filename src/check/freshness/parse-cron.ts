import { CRON_WORDS, MONTHS, WEEKDAYS } from '../../lib/cron-words.ts'
import { type FieldForm, numbersOf } from './number-field.ts'
import type { Recurrence } from './recurrence.ts'

const FORMS: readonly FieldForm[] = [
  { min: 0, max: 59, range: '-' },
  { min: 0, max: 23, range: '-' },
  { min: 1, max: 31, range: '-' },
  { min: 1, max: 12, range: '-', names: MONTHS },
  { min: 0, max: 7, range: '-', names: WEEKDAYS },
]

/** crontab(5): five fields, or one of its words. Undefined for anything else, also for `@reboot`, which comes at no time of its own. */
export function parseCron(text: string): Recurrence | undefined {
  const fields = (CRON_WORDS[text.trim()] ?? text).trim().split(/\s+/u)
  if (fields.length !== FORMS.length) return undefined
  const [minutes, hours, days, months, weekdays] = FORMS.map((form, index) => numbersOf(fields[index] ?? '', form))
  if (!minutes || !hours || !days || !months || !weekdays) return undefined
  // 0 and 7 are both Sunday. Where both fields of days are restricted, either will do.
  const isWeekday = (date: Date) => weekdays.has(date.getUTCDay()) || (date.getUTCDay() === 0 && weekdays.has(7))
  const isEither = !(fields[2] ?? '').startsWith('*') && !(fields[4] ?? '').startsWith('*')
  return {
    minutes: [...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute)).toSorted((a, b) => a - b),
    isDay: (date) => {
      if (!months.has(date.getUTCMonth() + 1)) return false
      const isDate = days.has(date.getUTCDate())
      return isEither ? isDate || isWeekday(date) : isDate && isWeekday(date)
    },
  }
}
