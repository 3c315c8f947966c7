import { ConfigError } from '../../config/render-issues.ts'
import { describeLocation, type Issue } from '../../plan/issue.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Host } from '../host/host.ts'
import { type ConfigChoice, loadText } from '../host/load-plan.ts'
import { hostIssues } from '../preview/host-issues.ts'
import { untrustedProxies, untrustedProxyWarning } from '../web/untrusted-proxy.ts'
import { type Diagnosis, diagnose, diagnosisOf } from './diagnosis.ts'
import { examineClock } from './examine-clock.ts'
import { examineKeys, examineSecrets } from './examine-files.ts'
import { examineMounts } from './examine-mounts.ts'
import { examineProgram } from './examine-program.ts'
import { examinePrograms } from './examine-programs.ts'
import { examineSchedules } from './examine-schedules.ts'
import { examineState } from './examine-state.ts'
import { examineStorages } from './examine-storages.ts'

/** Examines the installation on this host, part by part. Changes nothing, never rejects, and resolves even if a mount or a server is down. */
export async function* examineHost(choice: ConfigChoice, host: Host): AsyncGenerator<Diagnosis> {
  yield* await diagnose('program', () => examineProgram(host))
  let plan: Plan | undefined
  yield* await diagnose('configuration', async () => {
    const loaded = await examineConfiguration(choice, host)
    plan = loaded.plan
    return loaded.found
  })
  yield* await diagnose('configuration', () => examineProxies(host))
  const known = plan
  if (known !== undefined) {
    yield* await diagnose('programs', () => examinePrograms(known, host.signals.stop))
    yield* await diagnose('secrets', () => examineSecrets(known))
    yield* await diagnose('keys', () => examineKeys(known, host.clock()))
  }
  yield* await diagnose('state', () => examineState(host))
  yield* await diagnose('clock', () => examineClock(host))
  yield* await diagnose('mounts', () => examineMounts(known))
  if (known === undefined) return
  yield* await diagnose('storages', () => examineStorages(known, host))
  yield* await diagnose('schedules', () => examineSchedules(known, choice, host))
}

async function examineProxies(host: Host): Promise<readonly Diagnosis[]> {
  return (await untrustedProxies(host)).map((it) => ({ area: 'configuration', state: 'warning', ...untrustedProxyWarning(it) }))
}

interface Examined {
  readonly plan?: Plan
  readonly found: readonly Diagnosis[]
}

/** As `config check`. */
async function examineConfiguration(choice: ConfigChoice, host: Host): Promise<Examined> {
  try {
    const { plan, issues } = await loadText(choice, host.env)
    if (plan === undefined) return { found: issues.map(fromIssue) }
    const all = [...issues, ...(await hostIssues(plan, host))]
    const good: Diagnosis = { area: 'configuration', state: 'ok', message: `"${plan.file}" (${plan.dialect})` }
    return { plan, found: [good, ...all.map(fromIssue)] }
  } catch (error) {
    if (error instanceof ConfigError) return { found: error.issues.map(fromIssue) }
    return { found: [diagnosisOf('configuration', error)] }
  }
}

function fromIssue(issue: Issue): Diagnosis {
  const { severity: state, path, message, hint } = issue
  const place = issue.line === undefined ? [] : [describeLocation(issue)]
  return {
    area: 'configuration',
    state,
    message: [...place, path, message].filter((it) => it !== '').join(': '),
    ...(hint !== undefined && { hint }),
  }
}
