import { type CheckResult, joinResults, unknownOf } from '../../check/check-result.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { checkCertificate } from '../preview/check-certificate.ts'
import type { CommandDeps } from '../preview/check-commands.ts'
import { checkPlan, checkTasks } from '../preview/check-plan.ts'

const ENDING_PART = 0.2

interface RequirementDeps extends CommandDeps {
  readonly limitMs: number
}

/**
 * What these tasks (absent: all, and notifiers, checks and the certificate of the web server) need on this host: an error is a failure. Storages are examined
 * by other checks. Resolves in time, after what it has started was ended; never rejects.
 */
export async function checkRequirements(plan: Plan, tasks: readonly Task[] | undefined, deps: RequirementDeps): Promise<CheckResult> {
  const { host, limitMs } = deps
  const late = new AbortController()
  const signals = { ...host.signals, stop: AbortSignal.any([host.signals.stop, late.signal]) }
  const work = requirements(plan, tasks, { ...deps, host: { ...host, signals } })
  if (!(await settledWithin(limitMs, work))) {
    late.abort()
    // The programs are being ended.
    await settledWithin(limitMs * ENDING_PART, work)
    return { status: 'unknown', reason: 'timed out: increase --timeout, or run "config check" to see what it waits for', facts: [] }
  }
  try {
    return joinResults(await work, 'all requirements of the tasks are met')
  } catch (error) {
    return unknownOf(error)
  }
}

async function requirements(plan: Plan, tasks: readonly Task[] | undefined, deps: RequirementDeps): Promise<readonly CheckResult[]> {
  // A monitoring system starts checks without the environment of the tasks.
  const found = await (tasks === undefined ? checkPlan(plan, deps) : checkTasks(plan, tasks, deps))
  const certificate = tasks === undefined ? await checkCertificate(plan, deps.host.clock()) : undefined
  const ofHost = found.filter(({ needsEnvironment }) => needsEnvironment !== true)
  return [
    ...ofHost.map(({ severity, message }) => resultOf(severity, message, 'Run "config check" for details.')),
    ...(certificate === undefined || certificate.state === 'ok' ? [] : [resultOf(certificate.state, certificate.message, certificate.hint)]),
  ]
}

function resultOf(severity: 'error' | 'warning', reason: string, hint: string | undefined): CheckResult {
  return { status: severity === 'error' ? 'fail' : 'warn', reason, ...(hint !== undefined && { hint }), facts: [] }
}
