import type { CheckResult } from '../../check/check-result.ts'
import { runCheck } from '../../check/run-check.ts'
import { settledWithin } from '../../lib/settled-within.ts'
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

const HINT = 'Increase --timeout, or run "check -v" with a longer one to see what takes so long.'

/** The selected checks, and the answers received so far. */
interface Progress {
  chosen?: readonly ChosenCheck[]
  readonly answers: Map<ChosenCheck, Answer>
}

/**
 * Resolves in time, even if a check hangs, and never rejects: missing answers and errors of any kind are UNKNOWN, each with its name, beside the answers
 * that are known.
 */
export async function answerChecks(request: CheckRequest, host: Host): Promise<readonly Answer[]> {
  const progress: Progress = { answers: new Map() }
  try {
    const finding = findAnswers(request, host, progress)
    if (await settledWithin(Math.max(0, request.leftMs()), finding)) await finding
    return answersIn(progress)
  } catch (error) {
    return [...(progress.chosen === undefined ? [] : answersIn(progress)), unknownAnswer(error)]
  }
}

function answersIn({ chosen, answers }: Progress): readonly Answer[] {
  if (chosen === undefined) return [unansweredOf({ name: 'check', kind: 'none' }, 'timed out while reading the configuration: increase --timeout')]
  const all = chosen.map((it) => answers.get(it) ?? unansweredOf(it, 'no answer in time'))
  // One line for each requirement that is met would be redundant.
  return all.filter(({ kind, status }) => kind !== 'requirements' || status !== 'ok')
}

function unansweredOf({ name, kind }: Pick<Answer, 'name' | 'kind'>, reason: string): Answer {
  return { name, kind, status: 'unknown', reason, hint: HINT, facts: [] }
}

// Reserve between the answers of the checks and the deadline.
const RESERVE_MS = 250

// Programs and servers that give no answer must not hide the answers of the other checks.
const REQUIREMENTS_PART = 0.75

async function findAnswers({ loadPlan, names, leftMs: untilEndMs }: CheckRequest, host: Host, progress: Progress): Promise<void> {
  const plan = await loadPlan()
  const { clock, signals } = host
  const leftMs = () => untilEndMs() - RESERVE_MS
  const chosen = chooseChecks(plan, names)
  progress.chosen = chosen
  const processes = openHostProcesses(host)
  const deps = { plan, processes, clock, openSets: (spec: StorageSpec) => openSetsToRead(spec, host) }
  const run = (check: CheckSpec) => runCheck({ ...check, timeoutMs: Math.min(check.timeoutMs, Math.max(100, leftMs())) }, deps, signals.stop)
  const resultOf = async (it: ChosenCheck): Promise<CheckResult> => {
    if (it.kind === 'runs') return await lastRuns({ plan, tasks: it.tasks }, host, leftMs())
    if (it.kind === 'requirements') return await checkRequirements(plan, it.tasks, { host, processes, limitMs: leftMs() * REQUIREMENTS_PART })
    return await run(it.check)
  }
  try {
    await Promise.all(chosen.map(async (it) => progress.answers.set(it, { name: it.name, kind: it.kind, ...(await resultOf(it)) })))
  } finally {
    await processes.close()
  }
}
