import { runCheck } from '../../check/run-check.ts'
import { startTimer } from '../../lib/long-timer.ts'
import type { CheckSpec } from '../../plan/check.ts'
import type { Plan, StorageSpec } from '../../plan/plan.ts'
import type { Host } from '../host/host.ts'
import { openHostProcesses, openSetsToRead } from '../host/wire.ts'
import { type Answer, unknownAnswer } from './answer.ts'
import { checkRequirements } from './check-requirements.ts'
import { type ChosenCheck, chooseChecks } from './choose-checks.ts'
import { lastRuns } from './last-runs.ts'

export interface CheckRequest {
  loadPlan(): Promise<Plan>
  /** Checks and tasks; empty: all. */
  readonly names: readonly string[]
  /** Milliseconds until the caller needs all answers. */
  leftMs(): number
}

const LATE: Answer = {
  name: 'check',
  kind: 'none',
  status: 'unknown',
  reason: 'timed out: increase --timeout, or run "check -v" with a longer one to see what takes so long',
  facts: [],
}

/** Resolves in time, even if a check hangs, and never rejects: missing answers and errors of any kind are UNKNOWN. */
export async function answerChecks(request: CheckRequest, host: Host): Promise<readonly Answer[]> {
  let stopTimer: (() => void) | undefined
  const late = new Promise<readonly Answer[]>((resolve) => {
    stopTimer = startTimer(Math.max(0, request.leftMs()), () => resolve([LATE]))
  })
  try {
    return await Promise.race([answersOf(request, host), late])
  } catch (error) {
    return [unknownAnswer(error)]
  } finally {
    stopTimer?.()
  }
}

// Reserve between the answers of the checks and the deadline.
const RESERVE_MS = 250

// Programs and servers that give no answer must not hide the answers of the other checks.
const REQUIREMENTS_PART = 0.75

async function answersOf({ loadPlan, names, leftMs: untilEndMs }: CheckRequest, host: Host): Promise<readonly Answer[]> {
  const plan = await loadPlan()
  const { clock, signals } = host
  const leftMs = () => untilEndMs() - RESERVE_MS
  const processes = openHostProcesses(host)
  const deps = { plan, processes, clock, openSets: (spec: StorageSpec) => openSetsToRead(spec, host) }
  const run = (check: CheckSpec) => runCheck({ ...check, timeoutMs: Math.min(check.timeoutMs, Math.max(100, leftMs())) }, deps, signals.stop)
  const answer = async (chosen: ChosenCheck): Promise<Answer> => {
    const { name, kind } = chosen
    if (chosen.kind === 'runs') return { name, kind, ...(await lastRuns({ plan, tasks: chosen.tasks }, host, leftMs())) }
    if (chosen.kind === 'requirements')
      return { name, kind, ...(await checkRequirements(plan, chosen.tasks, { host, processes, limitMs: leftMs() * REQUIREMENTS_PART })) }
    return { name, kind, ...(await run(chosen.check)) }
  }
  try {
    const answers = await Promise.all(chooseChecks(plan, names).map(answer))
    // One line for each requirement that is met would be redundant.
    return answers.filter(({ kind, status }) => kind !== 'requirements' || status !== 'ok')
  } finally {
    await processes.close()
  }
}
