import type { Issue } from '../../plan/issue.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Host } from '../host/host.ts'
import { type ConfigChoice, loadText } from '../host/load-plan.ts'
import { hostIssues } from './host-issues.ts'

export interface ConfigVerdict {
  /** Absent: the configuration has errors. */
  readonly plan?: Plan
  readonly issues: readonly Issue[]
  /** Those of `issues` with which a run would fail. */
  readonly errors: readonly Issue[]
  /** `warnings`: there are warnings, and they count. */
  readonly end: 'ok' | 'warnings' | 'failed'
}

/** Finds all problems of the configuration, and missing requirements of this host. `isStrict`: warnings count. */
export async function checkConfig(choice: ConfigChoice, isStrict: boolean, host: Host): Promise<ConfigVerdict> {
  const { plan, issues: found } = await loadText(choice, host.env)
  const issues = plan === undefined ? found : [...found, ...(await hostIssues(plan, host))]
  const errors = issues.filter(({ severity }) => severity === 'error')
  const withoutErrors = isStrict && issues.length > 0 ? 'warnings' : 'ok'
  return { ...(plan && { plan }), issues, errors, end: errors.length > 0 ? 'failed' : withoutErrors }
}
