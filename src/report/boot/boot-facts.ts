import { release, uptime as uptimeSeconds } from 'node:os'
import { namesIn } from '../../files/entries.ts'
import { openFolder, withFolder } from '../../files/folder.ts'
import { formatDuration } from '../../lib/format.ts'
import type { BootFact, BootReportSpec } from '../../plan/boot-report.ts'
import { bootId } from '../../process/identity/host-id.ts'
import type { BootFacts } from './boot-body.ts'
import { type LastShutdown, readLastShutdown, type ShutdownSources } from './last-shutdown.ts'
import { type OutputContext, readOutput } from './read-output.ts'

export interface FactsDeps extends OutputContext {
  readonly host: string
  readonly clock: () => Date
  /** The locations of these files on the host; absent: the usual ones. */
  readonly sources?: ShutdownSources & { readonly kernels?: string }
}

const UNKNOWN = 'unknown'

/** Collects the facts for the report. Unavailable ones are "unknown": a report about a failed boot is more important than its last fact. */
export async function gatherBootFacts(spec: BootReportSpec, deps: FactsDeps): Promise<BootFacts> {
  const wants = (fact: BootFact) => spec.facts.includes(fact)
  const boot = spec.bootId ? readBootId() : undefined
  const [tz, uptime, uptimeSince, shutdown, kernel, failedUnits] = await Promise.all([
    readTimeZone(deps.clock(), deps),
    spec.uptime ? readLine(['/bin/uptime', '-p'], deps) : undefined,
    spec.uptimeSince ? readLine(['/bin/uptime', '--since'], deps) : undefined,
    wants('last-shutdown') || wants('down-time') ? readLastShutdown(deps, deps.sources) : undefined,
    wants('kernel') ? readKernels(deps.sources?.kernels) : undefined,
    wants('failed-units') ? readFailedUnits(deps) : undefined,
  ])
  return {
    // The first key is the ancestor's spelling, which its readers expect.
    'bood-id': boot,
    'boot-id': boot,
    'down-time': wants('down-time') ? describeDownTime(shutdown ?? {}, deps.clock()) : undefined,
    'failed-units': failedUnits,
    hostname: deps.host,
    kernel: kernel && { 'newest-installed': kernel.newestInstalled, running: kernel.running },
    'last-shutdown': wants('last-shutdown') ? (shutdown?.how ?? UNKNOWN) : undefined,
    tz: [...tz],
    uptime,
    'uptime-since': uptimeSince,
  }
}

function readBootId(): string {
  try {
    return bootId()
  } catch {
    return UNKNOWN
  }
}

async function readLine(argv: readonly [string, ...string[]], context: OutputContext): Promise<string> {
  const { exitCode, stdout } = await readOutput(argv, context)
  const line = stdout.trim()
  return exitCode === 0 && line !== '' ? line : UNKNOWN
}

function describeDownTime({ downSince }: Partial<LastShutdown>, now: Date): string {
  const upSinceMs = now.getTime() - uptimeSeconds() * 1000
  // Negative if the clock was changed in the meantime.
  const downMs = downSince === undefined ? -1 : upSinceMs - downSince.getTime()
  return downMs < 0 ? UNKNOWN : formatDuration(downMs)
}

async function readFailedUnits(context: OutputContext): Promise<readonly string[] | string> {
  const { exitCode, stdout } = await readOutput(['systemctl', 'list-units', '--failed', '--plain', '--no-legend', '--no-pager', '--full'], context)
  if (exitCode !== 0) return UNKNOWN
  return stdout.split('\n').flatMap((line) => line.trim().split(/\s+/u, 1)[0] || [])
}

interface Kernels {
  readonly running: string
  /** `unknown` if no installed kernel is visible: in a container, or with a kernel from another location. */
  readonly newestInstalled: string
}

/** The running kernel, and the newest one in the folder. */
export async function readKernels(folder = '/boot'): Promise<Kernels> {
  const names = await withFolder(openFolder(`${folder}/.`), namesIn).catch(() => [])
  const versions = names.flatMap((name) => /^vmlinu[xz]-(?<version>\d.*)$/u.exec(name)?.groups?.['version'] ?? [])
  const installed = versions.filter((version) => !/\.(?:old|bak|dpkg-[a-z]+|rpm[a-z]+)$/u.test(version))
  return { running: release(), newestInstalled: installed.toSorted(byVersion).at(-1) ?? 'unknown' }
}

/** Sequences of digits are compared as numbers, other text as text, like `ls -v`. */
export function byVersion(a: string, b: string): number {
  const left = a.match(/\d+|\D+/gu) ?? []
  const right = b.match(/\d+|\D+/gu) ?? []
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = comparePart(left[at] ?? '', right[at] ?? '')
    if (order !== 0) return order
  }
  return 0
}

function comparePart(a: string, b: string): number {
  const numbers = [a, b].every((part) => /^\d+$/u.test(part))
  if (numbers) return Number(a) - Number(b)
  // "~" sorts before everything, even the end, and so do pre-releases: 6.9-rc1 is older than 6.9.
  if (isPre(a) !== isPre(b)) return isPre(a) ? -1 : 1
  return a < b ? -1 : Number(a > b)
}

function isPre(part: string): boolean {
  return part.startsWith('~') || part.startsWith('-rc')
}

/** The names of a time zone without and with daylight saving time, and its offset west of UTC in seconds without it. */
type TimeZone = readonly [standard: string, summer: string, westSeconds: number]

const YEAR_MS = (365 * 24 + 6) * 3600_000

interface Sample {
  readonly name: string
  readonly westSeconds: number
}

/** The time zone at two moments half a year apart; the one with the smaller offset is the standard time, in both hemispheres. */
export async function readTimeZone(now: Date, context: OutputContext): Promise<TimeZone> {
  const first = Math.floor(now.getTime() / YEAR_MS) * YEAR_MS
  const [winter, summer] = await Promise.all([sampleAt(first, context), sampleAt(first + YEAR_MS / 2, context)])
  return winter.westSeconds < summer.westSeconds ? [summer.name, winter.name, summer.westSeconds] : [winter.name, summer.name, winter.westSeconds]
}

// Node knows the names of few zones; date(1) knows all of the system.
async function sampleAt(atMs: number, context: OutputContext): Promise<Sample> {
  const at = Math.floor(atMs / 1000)
  const { stdout } = await readOutput(['date', '-d', `@${at}`, '+%Z %::z'], context)
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
