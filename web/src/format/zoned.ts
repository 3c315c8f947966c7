import type { Language } from '../i18n/messages.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** A cached formatter: creating one takes longer than a thousand uses. A zone that the browser does not support is displayed as UTC. */
function formatOf(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known) return known
  const made = make(language === 'en' ? 'en-GB' : 'ru', { ...options, timeZone: zone }) ?? make('en-GB', { ...options, timeZone: 'UTC' })
  const format = made ?? new Intl.DateTimeFormat('en-GB', options)
  formats.set(key, format)
  return format
}

function make(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat(locale, options)
  } catch {
    return undefined
  }
}

function parts(at: number, zone: string): Readonly<Record<string, string>> {
  const format = formatOf('en', zone, { dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23' })
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
}

/** `2026-11-26` in the zone. */
export function dayIn(at: number, zone: string): string {
  const { year, month, day } = parts(at, zone)
  return `${year?.padStart(4, '0')}-${month}-${day}`
}

/** `2026-11-26 02:30` in the zone, in the format of the command line. */
export function minuteIn(at: number, zone: string): string {
  const { hour, minute } = parts(at, zone)
  return `${dayIn(at, zone)} ${hour}:${minute}`
}

/** `02:30:07` in the zone. */
export function clockIn(at: number, zone: string): string {
  const { hour, minute, second } = parts(at, zone)
  return `${hour}:${minute}:${second}`
}

/** The full format, for hover and focus: `2026-11-26 02:30:07, CET (Europe/Berlin)`. */
export function fullIn(at: number, { language, zone }: { readonly language: Language; readonly zone: string }): string {
  const name = formatOf(language, zone, { timeZoneName: 'short' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value
  return `${dayIn(at, zone)} ${clockIn(at, zone)}, ${name ?? zone} (${zone})`
}
