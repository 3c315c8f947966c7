import type { Issue } from '../../plan/issue.ts'
import type { Plan } from '../../plan/plan.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { type ConfigChoice, loadText } from '../host/load-plan.ts'
import { checkStarts } from '../schedules/check-starts.ts'
import { checkCertificate } from './check-certificate.ts'
import { hostIssues } from './host-issues.ts'

export interface ConfigResult {
  /** Absent: the configuration has errors. */
  readonly plan?: Plan
  readonly issues: readonly Issue[]
  /** Those of `issues` with which a run would fail. */
  readonly errors: readonly Issue[]
  /** `warnings`: there are warnings, and they count. */
  readonly end: 'ok' | 'warnings' | 'failed'
}

export interface CheckChoices {
  /** Warnings count. */
  readonly isStrict: boolean
  /** Storages that cannot be used now are errors. */
  readonly opensStorages: boolean
}

/** Finds all problems of the configuration, missing requirements of this host, and storages that cannot be used now. */
export async function checkConfig(choice: ConfigChoice, { isStrict, opensStorages }: CheckChoices, host: Host): Promise<ConfigResult> {
  const { plan, issues: found } = await loadText(choice, host.env)
  const ofHost =
    plan === undefined
      ? []
      : [
          ...(await hostIssues(plan, host)),
          ...(await certificateIssues(plan, host)),
          ...(await startIssues(plan, choice, host)),
          ...(opensStorages ? await issuesOfStorages(plan, host) : []),
        ]
  const issues = [...found, ...ofHost]
  const errors = issues.filter(({ severity }) => severity === 'error')
  const withoutErrors = isStrict && issues.length > 0 ? 'warnings' : 'ok'
  return { ...(plan && { plan }), issues, errors, end: errors.length > 0 ? 'failed' : withoutErrors }
}

/** The modules of storages are loaded only for a plan that uses storages. */
async function issuesOfStorages(plan: Plan, host: Host): Promise<readonly Issue[]> {
  if (setsOf(plan).length === 0) return []
  return (await import('./storage-issues.ts')).storageIssues(plan, host)
}

async function certificateIssues(plan: Plan, host: Host): Promise<readonly Issue[]> {
  const { state, message, hint } = (await checkCertificate(plan, host.clock())) ?? { state: 'ok', message: '' }
  return state === 'ok' ? [] : [{ severity: state, file: plan.file, path: '', message, ...(hint !== undefined && { hint }) }]
}

/** About the installed schedules: a run does not fail because of them. Tasks that nothing starts may be started by other means. */
async function startIssues(plan: Plan, choice: ConfigChoice, host: Host): Promise<readonly Issue[]> {
  if (plan.dialect !== 'native') return []
  const found = (await checkStarts(plan, choice, host)).filter(({ state, isMissing }) => state !== 'ok' && isMissing !== true)
  return found.map(({ message, hint }) => ({ severity: 'warning', file: plan.file, path: '', message, ...(hint !== undefined && { hint }) }))
}
