import { type Asking, readOutput } from './read-output.ts'

/** The names of a time zone without and with summer time, and how far it is west of UTC in seconds without it. */
export type TimeZone = readonly [standard: string, summer: string, westSeconds: number]

const YEAR_MS = (365 * 24 + 6) * 3600_000

interface Sample {
  readonly name: string
  readonly westSeconds: number
}

/** The time zone as it is at two moments half a year apart; that with the smaller offset is the standard one, on either half of the earth. */
export async function readTimeZone(now: Date, asking: Asking): Promise<TimeZone> {
  const first = Math.floor(now.getTime() / YEAR_MS) * YEAR_MS
  const [winter, summer] = await Promise.all([sampleAt(first, asking), sampleAt(first + YEAR_MS / 2, asking)])
  return winter.westSeconds < summer.westSeconds ? [summer.name, winter.name, summer.westSeconds] : [winter.name, summer.name, winter.westSeconds]
}

// Node knows the names of few zones; date(1) knows all that the system does.
async function sampleAt(atMs: number, asking: Asking): Promise<Sample> {
  const at = Math.floor(atMs / 1000)
  const { stdout } = await readOutput(['date', '-d', `@${at}`, '+%Z %::z'], asking)
  const read = /^(?<name>\S+) (?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d):(?<seconds>\d\d)$/u.exec(stdout.trim())?.groups
  const minutes = new Date(atMs).getTimezoneOffset()
  if (read === undefined) return { name: offsetName(minutes), westSeconds: minutes * 60 }
  const seconds = Number(read['hours']) * 3600 + Number(read['minutes']) * 60 + Number(read['seconds'])
  return { name: read['name'] ?? '', westSeconds: seconds === 0 ? 0 : read['sign'] === '+' ? -seconds : seconds }
}

function offsetName(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const clock = `${String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`
  return `UTC${minutes > 0 ? '-' : '+'}${clock}`
}
