import { uptime as uptimeSeconds } from 'node:os'
import { formatDuration } from '../../lib/format.ts'
import type { BootFact, BootReportSpec } from '../../plan/boot-report.ts'
import { bootId } from '../../process/identity/host.ts'
import type { BootFacts } from './boot-body.ts'
import { readKernels } from './kernels.ts'
import { type LastShutdown, readLastShutdown, type ShutdownSources } from './last-shutdown.ts'
import { type Asking, readOutput } from './read-output.ts'
import { readTimeZone } from './time-zone.ts'

export interface FactsDeps extends Asking {
  readonly host: string
  readonly clock: () => Date
  /** Where the host keeps them; absent = in the usual places. */
  readonly sources?: ShutdownSources & { readonly kernels?: string }
}

const UNKNOWN = 'unknown'

/** Gathers what the report shall tell. What cannot be found out is "unknown": a report about a bad boot is worth more than its last fact. */
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
    // The first of the two is how the ancestor spelt it, and what its readers look for.
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

async function readLine(argv: readonly [string, ...string[]], asking: Asking): Promise<string> {
  const { exitCode, stdout } = await readOutput(argv, asking)
  const line = stdout.trim()
  return exitCode === 0 && line !== '' ? line : UNKNOWN
}

function describeDownTime({ downSince }: Partial<LastShutdown>, now: Date): string {
  const upSinceMs = now.getTime() - uptimeSeconds() * 1000
  // A clock that was set meanwhile can make it less than nothing.
  const downMs = downSince === undefined ? -1 : upSinceMs - downSince.getTime()
  return downMs < 0 ? UNKNOWN : formatDuration(downMs)
}

async function readFailedUnits(asking: Asking): Promise<readonly string[] | string> {
  const { exitCode, stdout } = await readOutput(['systemctl', 'list-units', '--failed', '--plain', '--no-legend', '--no-pager', '--full'], asking)
  if (exitCode !== 0) return UNKNOWN
  return stdout.split('\n').flatMap((line) => line.trim().split(/\s+/u, 1)[0] || [])
}
