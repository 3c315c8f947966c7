import type { NameFormat } from '../../plan/dated-files.ts'
import { escapeText } from '../../plan/patterns/character-class.ts'
import { readTime, timeReader } from './parse-time.ts'
import { renderTime } from './strftime.ts'

/** The values of the fields of a name. */
export interface NameFields {
  readonly basename: string
  readonly level?: number
  readonly dbname?: string
  readonly ext?: string
}

/** The name for a format at this instant, in local time. */
export function renderName(format: NameFormat, fields: NameFields, at: Date): string {
  return format
    .map((part) => {
      if (part.kind === 'text') return part.text
      return part.kind === 'date' ? renderTime(part.format, at) : String(fields[part.field] ?? '')
    })
    .join('')
}

/** A file identified by its name. */
export interface NameMatch {
  /** The local time in its name; undefined if there is none, or an invalid date. */
  readonly date: Date | undefined
  readonly ext: string | undefined
}

/**
 * Finds names of a format: all fields except for the date and (if not given) the extension have the given values. The whole name must match,
 * otherwise undefined.
 */
export function nameFinder(format: NameFormat, fields: NameFields): (name: string) => NameMatch | undefined {
  const letters: string[] = []
  const places: ('ext' | 'time')[] = []
  const source = format.map((part) => {
    if (part.kind === 'text') return escapeText(part.text)
    if (part.kind === 'date') {
      const reader = timeReader(part.format)
      letters.push(...reader.letters)
      places.push(...reader.letters.map(() => 'time' as const))
      return reader.source
    }
    if (part.field !== 'ext' || fields.ext !== undefined) return escapeText(String(fields[part.field] ?? ''))
    places.push('ext')
    return '([^/]+)'
  })
  const pattern = new RegExp(`^${source.join('')}$`, 'u')
  return (name) => {
    const found = pattern.exec(name)
    if (found === null) return undefined
    const values = found.slice(1)
    const ext = values[places.indexOf('ext')]
    return {
      date: readTime(
        letters,
        values.filter((_, index) => places[index] === 'time'),
      ),
      ext,
    }
  }
}

/** Whether two names of the format with a difference of one second differ. */
export function hasSeconds(format: NameFormat): boolean {
  return format.some((part) => part.kind === 'date' && /%[STsXrc]/u.test(part.format))
}
