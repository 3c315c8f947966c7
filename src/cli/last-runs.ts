import { type CheckResult, joinResults } from '../check/result.ts'
import { unknownOf } from '../check/unknown-of.ts'
import type { RunState, RunSummary } from '../journal/run-record.ts'
import { counted, formatDuration } from '../lib/format.ts'
import { settledWithin } from '../lib/settled-within.ts'
import type { Plan } from '../plan/plan.ts'
import { openHostJournal } from './host-journal.ts'
import type { World } from './world.ts'

// Enough to come to one that has ended, behind those that were locked out.
const LOOKED_AT = 50
const ERRORS_ONLY = 1

/** How the last run of each task ended, as the journal has it. Tasks without a recorded run are passed over. Resolves in time; never rejects. */
export async function lastRuns(
  { plan, tasks }: { readonly plan: Plan; readonly tasks: readonly string[] },
  world: World,
  limitMs: number,
): Promise<CheckResult> {
  const journal = openHostJournal(world, ERRORS_ONLY)
  const reading = readLast(tasks, { plan, ask: (task) => journal.runs({ task, limit: LOOKED_AT }) })
  try {
    if (!(await settledWithin(limitMs, reading)))
      return { status: 'unknown', reason: 'the journal does not answer', hint: 'See whether its file system does.', facts: [] }
    const found = await reading
    const results = found.map((run) => decideLastRun(run, world.clock()))
    return joinResults(results, found.length === 0 ? 'no run is recorded' : `the last ${counted(found.length, 'run')} ended well`)
  } catch (error) {
    return unknownOf(error)
  } finally {
    void journal.close()
  }
}

interface Reading {
  readonly plan: Plan
  readonly ask: (task: string) => Promise<readonly RunSummary[]>
}

async function readLast(tasks: readonly string[], { plan, ask }: Reading): Promise<readonly RunSummary[]> {
  const found: RunSummary[] = []
  for (const task of tasks) {
    // Another configuration may have a task of that name; what is going on, or was not let in, has not ended any way.
    const last = (await ask(task)).find((run) => run.config === plan.file && run.state !== 'running' && run.state !== 'locked')
    if (last !== undefined) found.push(last)
  }
  return found
}

const ENDS: Readonly<Record<Exclude<RunState, 'running' | 'locked'>, { readonly status: CheckResult['status']; readonly words: string }>> = {
  ok: { status: 'ok', words: 'ended well' },
  warnings: { status: 'warn', words: 'ended with warnings' },
  partial: { status: 'warn', words: 'was partial' },
  failed: { status: 'fail', words: 'failed' },
  interrupted: { status: 'fail', words: 'was interrupted' },
  killed: { status: 'fail', words: 'was killed' },
}

/** What a run's end says. Decides only. */
export function decideLastRun({ id, task, state, began, notes, error }: RunSummary, now: Date): CheckResult {
  const { status, words } = state === 'running' || state === 'locked' ? ENDS.ok : ENDS[state]
  const ageMs = now.getTime() - began.getTime()
  const facts = [{ label: `${task} last run age`, value: Math.round(ageMs / 1000), unit: 's' }]
  const why = error?.message ?? notes[0]
  const reason = `the last run of "${task}", ${formatDuration(ageMs)} ago, ${words}${why === undefined ? '' : `: ${why}`}`
  return status === 'ok' ? { status, reason, facts } : { status, reason, hint: `"show ${id}" tells more.`, facts }
}
