import { type CheckResult, joinResults, unknownOf } from '../../check/check-result.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { Plan, Task } from '../../plan/plan.ts'
import { checkCertificate } from '../preview/check-certificate.ts'
import type { CommandDeps } from '../preview/check-commands.ts'
import { examineParts, type PlanPart, partsOf } from '../preview/check-plan.ts'
import { type Finding, unanswered } from '../preview/finding.ts'

const ENDING_PART = 0.2

interface RequirementDeps extends CommandDeps {
  readonly limitMs: number
}

/**
 * What these tasks (absent: all, and notifiers, checks and the certificate of the web server) need on this host: an error is a failure. Storages are examined
 * by other checks. Resolves in time, after what it has started was ended, with the results received by then; parts without a result
 * are `unknown`. Never rejects.
 */
export async function checkRequirements(plan: Plan, tasks: readonly Task[] | undefined, deps: RequirementDeps): Promise<CheckResult> {
  const { host, limitMs } = deps
  const late = new AbortController()
  const signals = { ...host.signals, stop: AbortSignal.any([host.signals.stop, late.signal]) }
  const planParts = partsOf(plan, tasks, { ...deps, host: { ...host, signals } })
  const certificate = { name: 'certificate of the web server', examine: () => checkCertificateOf(plan, host.clock()) }
  const parts = [...(tasks === undefined ? [certificate] : []), ...planParts.map(resultsOf)]
  const known = new Map<PartOfCheck, readonly CheckResult[]>()
  const work = examineParts(parts, async (part) => {
    if (!signals.stop.aborted) known.set(part, await part.examine().catch((error: unknown) => [unknownOf(error)]))
  })
  if (!(await settledWithin(limitMs, work))) {
    late.abort()
    // The programs are being ended.
    await settledWithin(limitMs * ENDING_PART, work)
  }
  const results = parts.flatMap((part) => known.get(part) ?? [resultOf(unanswered(part.name))])
  return joinResults(unique(results), 'all requirements of the tasks are met')
}

interface PartOfCheck extends Omit<PlanPart, 'examine'> {
  examine(): Promise<readonly CheckResult[]>
}

function resultsOf({ name, examine }: PlanPart): PartOfCheck {
  // A monitoring system starts checks without the environment of the tasks.
  const isOfHost = ({ needsEnvironment }: Finding) => needsEnvironment !== true
  return { name, examine: async () => (await examine()).filter(isOfHost).map(resultOf) }
}

async function checkCertificateOf(plan: Plan, now: Date): Promise<readonly CheckResult[]> {
  const { state, message, hint } = (await checkCertificate(plan, now)) ?? { state: 'ok', message: '' }
  return state === 'ok' ? [] : [{ status: state === 'error' ? 'fail' : 'warn', reason: message, ...(hint !== undefined && { hint }), facts: [] }]
}

function resultOf({ severity, message, isUnanswered }: Finding): CheckResult {
  if (isUnanswered === true)
    return { status: 'unknown', reason: message, hint: 'Increase --timeout, or run "config check" to see what it waits for.', facts: [] }
  return { status: severity === 'error' ? 'fail' : 'warn', reason: message, hint: 'Run "config check" for details.', facts: [] }
}

/** Without the same text twice: the steps of a task are examined by themselves. */
function unique(results: readonly CheckResult[]): readonly CheckResult[] {
  return [...new Map(results.map((it) => [it.reason, it])).values()]
}
