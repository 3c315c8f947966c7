import { runCheck } from '../check/run-check.ts'
import { startTimer } from '../lib/long-timer.ts'
import type { CheckSpec } from '../plan/check.ts'
import type { StorageSpec } from '../plan/plan.ts'
import { openProcesses } from '../process/open-processes.ts'
import { type Asked, chooseChecks } from './choose-checks.ts'
import { CHECK_EXIT_CODES, type Exit } from './exit.ts'
import { lastRuns } from './last-runs.ts'
import { loadPlan } from './load-plan.ts'
import { durationOption, hasFlag, type Invocation } from './options.ts'
import { type Answer, renderAnswers, renderJsonAnswers, statusOf } from './print-check.ts'
import { refuseChosenByOther } from './refuse-chosen.ts'
import { secretResolver } from './resolve-secret.ts'
import { recordFolder } from './state-folder.ts'
import { unknownAnswer } from './unknown-answer.ts'
import { newRunId, openSetsToRead } from './wire.ts'
import type { World } from './world.ts'

const TIMEOUT_MS = 10_000
// For the time between the answers and the end of the process.
const RESERVE_MS = 500

/**
 * `check [NAME…]`: answers as a plugin of Nagios (Monitoring Plugins Development Guidelines): one line and 0 to 3, in time whatever hangs. What cannot be
 * answered is UNKNOWN, errors of any kind too.
 */
export async function checkCommand(invocation: Invocation, world: World): Promise<Exit> {
  world.signals.arm()
  const answers = await answersInTime(invocation, world)
  world.stdout.write(hasFlag(invocation, 'json') ? renderJsonAnswers(answers) : renderAnswers(answers, { isVerbose: invocation.global.verbose > 0 }))
  const signal = world.signals.stoppedBy()
  return { code: CHECK_EXIT_CODES[statusOf(answers)][0], isUrgent: true, ...(signal !== undefined && { signal }) }
}

async function answersInTime(invocation: Invocation, world: World): Promise<readonly Answer[]> {
  let stopTimer: (() => void) | undefined
  try {
    const timeoutMs = Math.max(1000, durationOption(invocation, 'timeout', TIMEOUT_MS))
    // The clock of the process began with the process, and whoever waits counts from there.
    const leftMs = () => timeoutMs - RESERVE_MS - performance.now()
    const late = new Promise<readonly Answer[]>((resolve) => {
      stopTimer = startTimer(leftMs() + RESERVE_MS / 2, () => resolve([LATE]))
    })
    return await Promise.race([answersOf(invocation, world, leftMs), late])
  } catch (error) {
    return [unknownAnswer(error)]
  } finally {
    stopTimer?.()
  }
}

async function answersOf(invocation: Invocation, world: World, leftMs: () => number): Promise<readonly Answer[]> {
  await refuseChosenByOther(invocation.global, world)
  const plan = await loadPlan(invocation.global)
  const { clock, signals } = world
  const processes = openProcesses({
    runId: newRunId(clock()),
    resolveSecret: secretResolver(world),
    ignoredSignals: signals.ignored(),
    recordFolder: recordFolder(world),
  })
  const deps = { plan, processes, clock, openSets: (spec: StorageSpec) => openSetsToRead(spec, world) }
  const ask = (check: CheckSpec) => runCheck({ ...check, timeoutMs: Math.min(check.timeoutMs, Math.max(100, leftMs())) }, deps, signals.stop)
  const answer = async (asked: Asked): Promise<Answer> => {
    const { name, kind } = asked
    return { name, kind, ...(await (asked.kind === 'runs' ? lastRuns({ plan, tasks: asked.tasks }, world, leftMs()) : ask(asked.check))) }
  }
  try {
    return await Promise.all(chooseChecks(plan, invocation.args).map(answer))
  } finally {
    await processes.close()
  }
}

const LATE: Answer = {
  name: 'check',
  kind: 'none',
  status: 'unknown',
  reason: 'timed out',
  hint: 'Increase --timeout, or find out what the check waits for.',
  facts: [],
}
