import { printable } from '../../lib/format.ts'

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'

/** One entry of a log. */
export interface LogRecord {
  readonly level: LogLevel
  /** Its source: the name of a step, or `root` for the run itself. */
  readonly logger: string
  /** May have several lines: those after the first are written without a prefix. */
  readonly text: string
}

/** The source of entries of the run itself. */
export const ROOT = 'root'

/** `2026-03-01 02:40:00.18  TAG INFO root text`, in local time: the milliseconds are padded to three characters on the right. Ends with a newline. */
export function renderRecord({ level, logger, text }: LogRecord, { tag, at }: { readonly tag: string; readonly at: Date }): string {
  const moment = `${dayOf(at, '-')} ${clockOf(at, ':')}.${String(at.getMilliseconds()).padEnd(3)}`
  const lines = text.split('\n').map(printable)
  return `${moment} ${printable(tag)} ${level} ${printable(logger)} ${lines.join('\n')}\n`
}

/** `20260301_024000`, in local time. */
export function stampOf(at: Date): string {
  return `${dayOf(at, '')}_${clockOf(at, '')}`
}

function dayOf(at: Date, separator: string): string {
  return [String(at.getFullYear()).padStart(4, '0'), two(at.getMonth() + 1), two(at.getDate())].join(separator)
}

function clockOf(at: Date, separator: string): string {
  return [two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())].join(separator)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
