import type { Report } from '../../legacy/palhm/report.ts'
import type { ScheduleSpec } from '../../plan/plan.ts'
import type { TaskInput } from './schema/tasks.ts'
import { itemsOf, memberOf, type Placed, spotOf } from './yaml/node.ts'

/** Compiles `schedule` with what belongs to it. Words are judged by their shape alone: what they mean is for those who wake us. */
export function compileSchedule({ schedule, jitter, 'catch-up': catchUp }: TaskInput, task: Placed, report: Report): ScheduleSpec | undefined {
  const at = memberOf(task, 'schedule')
  if (schedule === undefined || !at) {
    for (const idle of ['jitter', 'catch-up']) {
      const idleAt = memberOf(task, idle)
      if (idleAt) report.warn(spotOf(idleAt), `"${idle}" has no effect without "schedule"`)
    }
    return undefined
  }
  const words = [schedule].flat()
  const places = at.node.kind === 'list' ? itemsOf(at) : [at]
  for (const [index, text] of words.entries()) checkWords(text, places[index] ?? at, report)
  return { words, jitterMs: jitter ?? 0, catchUp: catchUp ?? false }
}

function checkWords(text: string, at: Placed, report: Report): void {
  if (isCron(text) || isCalendar(text)) return
  const fields = text.trim().split(/\s+/u)
  const hasSeconds = fields.length === 6 && fields.every((it) => /^[\d*,/-]+$/u.test(it))
  if (hasSeconds) report.error(spotOf(at), 'cron expressions of six fields are not understood', 'Leave the seconds out: "30 2 * * *".')
  else
    report.error(
      spotOf(at),
      'neither a cron expression nor calendar words',
      'Write "30 2 * * *" for every night at half past two, or "Mon..Fri 02:30".',
    )
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ')
const FIELDS = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 7, names: WEEKDAYS },
]

/** Whether this is a time of crontab(5): five fields, or one of its words. */
export function isCron(text: string): boolean {
  if (/^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)$/u.test(text)) return true
  const fields = text.trim().split(/\s+/u)
  return fields.length === FIELDS.length && fields.every((field, index) => isCronField(field, FIELDS[index] ?? { min: 0, max: 0 }))
}

function isCronField(
  field: string,
  { min, max, names = [] }: { readonly min: number; readonly max: number; readonly names?: readonly string[] },
): boolean {
  const value = (word: string): number =>
    names.includes(word.toLowerCase()) ? names.indexOf(word.toLowerCase()) + min : /^\d{1,2}$/u.test(word) ? Number(word) : Number.NaN
  const inside = (it: number) => it >= min && it <= max
  return field.split(',').every((part) => {
    const [range = '', step, ...more] = part.split('/')
    if (more.length > 0 || (step !== undefined && !(/^\d{1,3}$/u.test(step) && Number(step) > 0))) return false
    if (range === '*') return true
    const [first = '', last = first, ...others] = range.split('-')
    return others.length === 0 && inside(value(first)) && inside(value(last)) && value(first) <= value(last)
  })
}

const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*'
const WEEKDAY_PART = new RegExp(`^${DAY}(?:(?:\\.\\.|,|-)${DAY})*,?$`, 'iu')
const NUMBERS = '(?:\\*|[0-9]+(?:\\.\\.[0-9]+)?)(?:/[0-9]+)?(?:,[0-9]+(?:\\.\\.[0-9]+)?(?:/[0-9]+)?)*'
const DATE_PART = new RegExp(`^(?:${NUMBERS}-)?${NUMBERS}[-~]${NUMBERS}$`, 'u')
const TIME_PART = new RegExp(`^${NUMBERS}:${NUMBERS}(?::${NUMBERS}(?:\\.[0-9]+)?)?$`, 'u')
const ZONE_PART = /^(?:UTC|[A-Z][A-Za-z_]+\/[A-Za-z_/+-]+)$/u

/** systemd.time(7), "Calendar Events". */
function isCalendar(text: string): boolean {
  const parts = text.trim().split(/\s+/u)
  if (ZONE_PART.test(parts.at(-1) ?? '') && parts.length > 1) parts.pop()
  if (parts.length === 1 && /^(?:minutely|hourly|daily|monthly|weekly|yearly|annually|quarterly|semiannually)$/u.test(parts[0] ?? '')) return true
  const kinds = parts.map((part) => [WEEKDAY_PART, DATE_PART, TIME_PART].findIndex((it) => it.test(part)))
  return kinds.length > 0 && kinds.every((kind, index) => kind >= 0 && (index === 0 || kind > (kinds[index - 1] ?? 0)))
}
