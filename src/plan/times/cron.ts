import { CRON_WORDS, MONTHS, WEEKDAYS } from './cron-words.ts'
import { type Element, parseList, type TimeField, valuesOf } from './number-list.ts'
import { type DayOfCalendar, type Recurrence, TimesError } from './recurrence.ts'

const field = (title: string, [min, max]: readonly [number, number], more: Partial<TimeField> = {}): TimeField => ({
  title,
  min,
  max,
  rangeSigns: ['-'],
  hasOpenSteps: false,
  ...more,
})
const spelled = (names: readonly string[]) => names.map((name) => [name])

/** The five time fields of a crontab line, in their order (crontab(5)). */
export const CRON_FIELDS = [
  field('minute', [0, 59]),
  field('hour', [0, 23]),
  field('day of month', [1, 31]),
  field('month', [1, 12], { names: spelled(MONTHS) }),
  field('day of week', [0, 6], { names: spelled(WEEKDAYS), alias: 7 }),
] as const

export const DAY_OF_WEEK: TimeField = CRON_FIELDS[4]

/** A time of crontab(5). */
export interface CronTimes {
  readonly kind: 'cron'
  /** The elements of the five fields, as written. */
  readonly fields: readonly (readonly Element[])[]
}

const NICKNAMES: ReadonlySet<string> = new Set(['@reboot', ...CRON_WORDS.keys()])

export function isNickname(text: string): boolean {
  return NICKNAMES.has(text.toLowerCase())
}

/** Parses five fields, or a nickname of cron except for `@reboot`, which is not a time. Throws `schedule/bad-times`. */
export function parseCron(text: string): CronTimes {
  const written = text.trim()
  if (written.startsWith('@') && !isNickname(written)) throw badNickname(written)
  return {
    kind: 'cron',
    fields: fieldsOf(CRON_WORDS.get(written.toLowerCase()) ?? written).map((it, index) => parseList(it, CRON_FIELDS[index] ?? DAY_OF_WEEK)),
  }
}

export function badNickname(text: string): TimesError {
  return new TimesError(`unknown time "${text}"`, { hint: `Use one of ${[...NICKNAMES].join(', ')}, or five fields.` })
}

/** The five fields as texts. Throws `schedule/bad-times` if their number is not five. */
function fieldsOf(text: string): readonly string[] {
  const fields = text.split(/[ \t]+/u)
  if (fields.length === CRON_FIELDS.length) return fields
  const hasSeconds = fields.length === 6 && fields.every((it) => /^[\d*,/-]+$/u.test(it))
  throw new TimesError(`"${text}" has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'} instead of five`, {
    hint: hasSeconds ? 'Remove the seconds: "30 2 * * *".' : 'Use minute, hour, day of month, month and day of week, as in "30 2 * * *".',
  })
}

/**
 * When cron starts a command: if both day of month and day of week are restricted (neither begins with `*`), one match is sufficient (crontab(5));
 * with `matchAllDays`, both must match.
 */
export function cronRecurrence({ fields }: CronTimes, { matchAllDays = false }: { readonly matchAllDays?: boolean } = {}): Recurrence {
  const [minutes, hours, days, months, weekdays] = CRON_FIELDS.map((it, index) => new Set(valuesOf(fields[index] ?? [], it)))
  const isEither = !matchAllDays && isRestricted(fields[2]) && isRestricted(fields[4])
  const isDay = ({ month, day, weekday }: DayOfCalendar) => {
    if (months?.has(month) !== true) return false
    const [isDate, isWeekday] = [days?.has(day) === true, weekdays?.has(weekday) === true]
    return isEither ? isDate || isWeekday : isDate && isWeekday
  }
  return { minutes: [...(hours ?? [])].flatMap((hour) => [...(minutes ?? [])].map((minute) => hour * 60 + minute)), isDay }
}

function isRestricted(elements: readonly Element[] = []): boolean {
  return elements[0]?.text.startsWith('*') !== true
}
