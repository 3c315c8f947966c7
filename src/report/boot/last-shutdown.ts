import { parseJsonObject } from '../../lib/parse-json.ts'
import { type OutputContext, readOutput } from './read-output.ts'

/** How the previous boot ended. */
export interface LastShutdown {
  readonly how: 'clean' | 'not clean' | 'unknown'
  /** When it was last known to be up; undefined if unknown. */
  readonly downSince?: Date
}

/** The location on the host; absent: the usual one. */
export interface ShutdownSources {
  readonly wtmp?: string
  readonly journalFolder?: string
}

/** Queries the systemd journal or, if that does not have the information, wtmp. */
export async function readLastShutdown(context: OutputContext, sources: ShutdownSources = {}): Promise<LastShutdown> {
  const fromJournal = await shutdownOfJournal(context, sources)
  return fromJournal.how === 'unknown' ? shutdownOfWtmp(context, sources) : fromJournal
}

// SD_MESSAGE_JOURNAL_STOP of systemd-journald, SD_MESSAGE_SHUTDOWN of logind (sd-messages.h): logged only during a clean shutdown.
const SHUTDOWN_IDS: ReadonlySet<unknown> = new Set(['d93fb3c9c24d451a97cea615ce59c00b', '98268866d1d54a499c4e98921d93bc40'])

interface JournalEntry {
  readonly MESSAGE_ID?: unknown
  readonly __REALTIME_TIMESTAMP?: string
}

async function shutdownOfJournal(context: OutputContext, { journalFolder }: ShutdownSources): Promise<LastShutdown> {
  const place = journalFolder === undefined ? [] : [`--directory=${journalFolder}`]
  const { exitCode, stdout } = await readOutput(
    ['journalctl', ...place, '--quiet', '--no-pager', '--output=json', '--boot=-1', '--lines=100'],
    context,
  )
  const before = exitCode === 0 ? parseEntries(stdout) : []
  const last = before.at(-1)
  if (last === undefined) return { how: 'unknown' }
  const downSince = timeOf(last)
  return { how: before.some((entry) => SHUTDOWN_IDS.has(entry.MESSAGE_ID)) ? 'clean' : 'not clean', ...(downSince && { downSince }) }
}

function parseEntries(text: string): readonly JournalEntry[] {
  const values = text.split('\n').map(parseJsonObject)
  return values.filter((it) => it !== undefined) as JournalEntry[]
}

// In microseconds.
function timeOf(entry: JournalEntry): Date | undefined {
  const micros = Number(entry.__REALTIME_TIMESTAMP)
  return Number.isFinite(micros) ? new Date(micros / 1000) : undefined
}

const WTMP_LINE = /^(?<kind>reboot|shutdown)\s.*?(?<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d)/u

/** The newest records come first: those of this boot, then a shutdown if the previous one was clean. */
async function shutdownOfWtmp(context: OutputContext, { wtmp }: ShutdownSources): Promise<LastShutdown> {
  const file = wtmp === undefined ? [] : ['-f', wtmp]
  const { exitCode, stdout } = await readOutput(['last', '-x', ...file, '--time-format', 'iso', 'reboot', 'shutdown'], context)
  if (exitCode !== 0) return { how: 'unknown' }
  const records = stdout.split('\n').flatMap((line) => {
    const found = WTMP_LINE.exec(line)?.groups
    return found === undefined ? [] : [{ kind: found['kind'], at: new Date(found['at'] ?? '') }]
  })
  const [boot, before] = records
  if (boot?.kind !== 'reboot') return { how: 'unknown' }
  if (before === undefined) return { how: 'unknown' }
  return before.kind === 'shutdown' ? { how: 'clean', downSince: before.at } : { how: 'not clean' }
}
