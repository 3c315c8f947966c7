import assert from 'node:assert/strict'
import { loadNative } from '../../src/config/native/load.ts'
import { renderIssue } from '../../src/config/render-issues.ts'
import type { Issue } from '../../src/plan/issue.ts'
import type { HostFacts } from '../../src/plan/loading.ts'
import type { BackupStep, Plan } from '../../src/plan/plan.ts'
import { memoryReader } from './readers.ts'

/** A host of 4 CPUs, 2 of them for us. */
export const NATIVE_HOST: HostFacts = {
  availableCpus: 2,
  machineCpus: 4,
  environment: { PATH: '/usr/bin:/bin', HOME: '/root' },
  ownPrograms: {
    copySqlite: ['/opt/holdfast/node', '--disable-warning=ExperimentalWarning', '/opt/holdfast/share/copy-sqlite.mjs'],
    hostFacts: ['/bin/sh', '/opt/holdfast/share/host-facts.sh'],
  },
}

export interface NativeOutcome {
  readonly plan?: Plan
  /** Errors as one text, for matching. */
  readonly errors: string
  readonly warnings: string
}

/** Loads a configuration that exists in memory only, of which `/c/main.yaml` is the main file. */
export async function loadText(text: string, files: Parameters<typeof memoryReader>[0] = {}): Promise<NativeOutcome> {
  const { plan, issues } = await loadNative('/c/main.yaml', { reader: memoryReader({ '/c/main.yaml': text, ...files }), host: NATIVE_HOST })
  assert.equal(
    plan === undefined,
    issues.some((it) => it.severity === 'error'),
    'there is a plan exactly when there is no error',
  )
  const lines = (severity: Issue['severity']) =>
    issues
      .filter((it) => it.severity === severity)
      .map(renderIssue)
      .join('\n')
  return { ...(plan && { plan }), errors: lines('error'), warnings: lines('warning') }
}

/** The plan of what must load without an error. */
export async function planOf(text: string, files: Parameters<typeof memoryReader>[0] = {}): Promise<Plan> {
  const { plan, errors } = await loadText(text, files)
  assert.ok(plan, errors)
  return plan
}

/** A configuration with one backup step of these objects; `more` stands beside them in the step. */
export function backupText(objects: string, more = ''): string {
  return `version: 1
storages: { local: { type: localfs, root: /b } }
tasks:
  nightly:
    steps:
      - backup: { ${more === '' ? '' : `${more}, `}objects: ${objects} }
`
}

export async function stepOf(objects: string, more = ''): Promise<BackupStep> {
  const [step] = (await planOf(backupText(objects, more))).tasks.get('nightly')?.steps ?? []
  assert.ok(step?.kind === 'backup')
  return step
}
