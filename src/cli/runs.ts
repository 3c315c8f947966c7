import type { RunState, RunSummary } from '../journal/run-record.ts'
import { counted, formatDuration, printable } from '../lib/format.ts'
import { type Exit, exitWith } from './exit.ts'
import { openHostJournal } from './host-journal.ts'
import { effectiveVerbosity, hasFlag, type Invocation, UsageError } from './options.ts'
import { type Paint, paintFor } from './paint.ts'
import { renderTable } from './table.ts'
import type { World } from './world.ts'

const LIMIT = 20

/** `runs [TASK]`: what the journal of this host holds, whichever configuration a run was of. The newest last, next to where one looks. */
export async function listRuns(invocation: Invocation, world: World): Promise<Exit> {
  const [task] = invocation.args
  const filter = { limit: limitOf(invocation), failed: hasFlag(invocation, 'failed'), ...(task !== undefined && { task }) }
  const journal = openHostJournal(world, effectiveVerbosity(invocation.global))
  const runs = (await journal.runs(filter)).toReversed()
  if (hasFlag(invocation, 'json')) for (const run of runs) world.stdout.write(`${JSON.stringify(run)}\n`)
  else world.stdout.write(renderRuns(runs, { now: world.clock(), paint: paintFor(world.stdout, world.env) }))
  return exitWith('ok')
}

function limitOf({ options }: Invocation): number {
  const text = options['limit']
  if (typeof text !== 'string') return LIMIT
  if (/^[1-9]\d{0,8}$/u.test(text)) return Number(text)
  throw new UsageError(`invalid number of runs "${text}"`, { hint: 'Write a whole number of at least 1.' })
}

function renderRuns(runs: readonly RunSummary[], { now, paint }: { readonly now: Date; readonly paint: Paint }): string {
  if (runs.length === 0) return 'no runs\n'
  const rows = runs.map((run) => [run.id, printable(run.task), run.state, formatMoment(run.began), tookOf(run, now), remarkOn(run)])
  const lines = renderTable([['run', 'task', 'state', 'began (UTC)', 'took', ''], ...rows], { right: [4] }).split('\n')
  return lines.map((line, index) => paintState(line, runs[index - 1]?.state, paint)).join('\n')
}

/** `2026-01-02 03:04:05`, in UTC as the names of sets are. */
export function formatMoment(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}

/** Text about a run in the colour of how it stands. */
export function paintState(text: string, state: RunState | undefined, paint: Paint): string {
  if (state === undefined || state === 'ok' || state === 'running') return text
  return state === 'warnings' ? paint.notice(text) : paint.error(text)
}

function tookOf({ state, began, ended }: RunSummary, now: Date): string {
  if (ended === undefined && state !== 'running') return '-'
  return formatDuration((ended ?? now).getTime() - began.getTime())
}

function remarkOn({ error, notes }: RunSummary): string {
  if (error !== undefined) return shortened(printable(error.message))
  return notes.length === 0 ? '' : counted(notes.length, 'note')
}

const SHOWN_CHARS = 80

function shortened(text: string): string {
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS - 1)}…`
}
