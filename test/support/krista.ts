import { renderIssues } from '../../src/config/render-issues.ts'
import { loadKrista } from '../../src/legacy/krista/load.ts'
import type { NameFormat, NameScheme } from '../../src/plan/dated-files.ts'
import type { Issue } from '../../src/plan/issue.ts'
import type { HostFacts } from '../../src/plan/loading.ts'
import type { Plan, Step, Task } from '../../src/plan/plan.ts'
import { describeStep } from '../../src/plan/steps/describe-step.ts'
import { memoryReader } from './readers.ts'

export { renderPlan } from '../../src/config/show.ts'

export const KRISTA_FILE = '/opt/KristaBackup/config.yaml'

export const KRISTA_HOST: HostFacts = { availableCpus: 2, machineCpus: 4, inherited: { PATH: '/usr/bin:/bin', HOME: '/root', LC_ALL: 'C' } }

export interface KristaOutcome {
  readonly plan?: Plan
  readonly issues: readonly Issue[]
  /** Errors as one text, for matching. */
  readonly errors: string
  readonly warnings: string
}

/** Loads a configuration that exists in memory only. */
export async function loadText(text: string | Uint8Array): Promise<KristaOutcome> {
  const { plan, issues } = await loadKrista(KRISTA_FILE, { reader: memoryReader({ [KRISTA_FILE]: text }), host: KRISTA_HOST })
  const lines = (severity: Issue['severity']) => tell(issues.filter((it) => it.severity === severity))
  return { ...(plan && { plan }), issues, errors: lines('error'), warnings: lines('warning') }
}

/** The issues, one a line, without the name of the file. */
export function tell(issues: readonly Issue[]): string {
  return renderIssues(issues).replaceAll(`${KRISTA_FILE}:`, '').replaceAll(KRISTA_FILE, 'config.yaml')
}

/** Recorded configurations that give no plan. The ancestor could not run anything of them either, but for the one with a tag of Python, which runs code. */
export const WITHOUT_PLAN: readonly string[] = [
  'conf-actstr.yaml',
  'conf-empty.yaml',
  'conf-list.yaml',
  'conf-noactions.yaml',
  'conf-nonaming.yaml',
  'conf-noschedule.yaml',
  'conf-parser.yaml',
  'conf-scanner.yaml',
  'conf-schednull.yaml',
  'conf-taskstr.yaml',
  'wire_badyaml.yaml',
  'conf-tag.yaml',
]

const HEAD = 'naming: {server_name: srv1, project: proj, region: reg}\n'

/** A configuration with these actions, and tasks. */
export function configOf(actions: string, schedule = '{}'): string {
  return `${HEAD}schedule: ${schedule}\nactions: ${actions}\n`
}

/** The steps of the action `a`, and what was told. */
export async function stepsOf(record: string, more = ''): Promise<KristaOutcome & { readonly steps: readonly Step[] }> {
  const loaded = await loadText(configOf(`{a: ${record}${more === '' ? '' : `, ${more}`}}`))
  return { ...loaded, steps: loaded.plan?.parts?.get('a')?.steps ?? [] }
}

/** Everything that a plan says, one thing a line, for reading and comparing. */
export function renderKrista(plan: Plan): string {
  const { tasks, parts = new Map<string, Task>(), dialect, file, ...rest } = plan
  const lines = [JSON.stringify({ dialect, file, ...rest, commands: undefined, files: undefined })]
  for (const [title, some] of [
    ['task', tasks],
    ['action', parts],
  ] as const)
    for (const { name, steps, ...about } of some.values()) {
      lines.push('', `${title} ${name}: ${JSON.stringify(about)}`)
      for (const step of steps) lines.push(`  ${describeStep(step)}`, `    ${JSON.stringify(step, brief)}`)
    }
  return `${lines.join('\n')}\n`
}

function nameText(format: NameFormat): string {
  return format.map((part) => (part.kind === 'text' ? part.text : part.kind === 'date' ? `{date:${part.format}}` : `{${part.field}}`)).join('')
}

// What is the same in each step, and what is secret.
function brief(key: string, value: unknown): unknown {
  if (['environment', 'searchPath', 'workingFolder', 'showStdout', 'showStderr', 'accept'].includes(key) && value !== undefined)
    return key === 'workingFolder' && value !== '/opt/KristaBackup' ? value : undefined
  if (Array.isArray(value) && value.length > 0 && ['archive', 'archiveDigest', 'dump', 'dumpDigest'].includes(key))
    return nameText(value as NameFormat)
  if (key === 'scheme' && (value as NameScheme).id === 'default') return 'default'
  return key === 'password' ? 'hidden' : value
}
