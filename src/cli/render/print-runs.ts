import type { RunState, RunSummary } from '../../journal/run-record.ts'
import { isAhead } from '../../lib/durations.ts'
import { counted, formatDuration, printable } from '../../lib/format.ts'
import type { Paint } from '../../run/describe/paint.ts'
import { renderTable } from '../terminal/table.ts'

/** Runs as a table, in the given order. */
export function renderRuns(runs: readonly RunSummary[], { now, paint }: { readonly now: Date; readonly paint: Paint }): string {
  if (runs.length === 0) return 'no runs\n'
  const rows = runs.map((run) => [run.id, printable(run.task), run.state, formatMoment(run.began), tookOf(run, now), remarkOn(run, now)])
  const lines = renderTable([['run', 'task', 'state', 'began (UTC)', 'took', ''], ...rows], { right: [4] }).split('\n')
  return lines.map((line, index) => paintState(line, runs[index - 1]?.state, paint)).join('\n')
}

/** `2026-01-02 03:04:05`, in UTC like the names of sets. */
export function formatMoment(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}

/** Text about a run in the color of its state. */
export function paintState(text: string, state: RunState | undefined, paint: Paint): string {
  if (state === undefined || state === 'ok' || state === 'running') return text
  return state === 'warnings' ? paint.notice(text) : paint.error(text)
}

function tookOf({ state, began, ended }: RunSummary, now: Date): string {
  if (ended === undefined && state !== 'running') return '-'
  return formatDuration((ended ?? now).getTime() - began.getTime())
}

function remarkOn({ began, error, notes }: RunSummary, now: Date): string {
  // The list is sorted by date: such a run seems to be the newest until then.
  const ahead = isAhead(began, now) ? ['dated in the future'] : []
  const remark = error !== undefined ? [shortened(printable(error.message))] : notes.length > 0 ? [counted(notes.length, 'note')] : []
  return [...ahead, ...remark].join('; ')
}

const SHOWN_CHARS = 80

function shortened(text: string): string {
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS - 1)}…`
}
