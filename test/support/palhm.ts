import assert from 'node:assert/strict'
import { renderIssue } from '../../src/config/render-issues.ts'
import type { JsonNode } from '../../src/document/json/node.ts'
import { type LoadDeps, loadPalhm } from '../../src/legacy/palhm/load.ts'
import type { Issue } from '../../src/plan/issue.ts'
import type { BackupStep, BackupTarget, Plan } from '../../src/plan/plan.ts'
import { memoryReader } from './readers.ts'

export { renderIssues } from '../../src/config/render-issues.ts'

export type Files = Parameters<typeof memoryReader>[0]

/** A host of 4 CPUs, 2 of them for us. */
export const HOST: LoadDeps['host'] = { availableCpus: 2, machineCpus: 4 }

export interface Outcome {
  readonly plan?: Plan
  readonly issues: readonly Issue[]
  /** Errors as one text, for matching. */
  readonly errors: string
  readonly warnings: string
}

/** Loads a configuration that exists in memory only: the main file alone, or several files of which `/c/main.json` is the main one. */
export async function load(config: object | string, deps: Partial<LoadDeps> & { readonly files?: Files } = {}): Promise<Outcome> {
  const text = typeof config === 'string' ? config : JSON.stringify(config)
  const reader = memoryReader({ '/c/main.json': text, ...deps.files })
  const loaded = await loadPalhm('/c/main.json', { reader, host: HOST, ...deps })
  assert.equal(
    loaded.plan === undefined,
    loaded.issues.some((it) => it.severity === 'error'),
    'there is a plan exactly when there is no error',
  )
  const lines = (severity: Issue['severity']) =>
    loaded.issues
      .filter((it) => it.severity === severity)
      .map(renderIssue)
      .join('\n')
  return { ...loaded, errors: lines('error'), warnings: lines('warning') }
}

/** The plan of what must load without an error. */
export async function planFrom(config: object | string, deps: Parameters<typeof load>[1] = {}): Promise<Plan> {
  const { plan, errors } = await load(config, deps)
  assert.ok(plan, errors)
  return plan
}

/** A routine task of the name, running the entries. */
export function routine(id: string, ...entries: readonly object[]): object {
  return { id, type: 'routine', routine: entries }
}

export function inline(...argv: readonly string[]): object {
  return { type: 'exec-inline', argv }
}

/** An object made by /bin/true. */
export function object(path: string, more: object = {}): object {
  return { path, pipeline: [inline('/bin/true')], ...more }
}

/** A task "backup" to a folder. */
export function backup(more: object = {}, param: object = {}): object {
  return { id: 'backup', type: 'backup', backend: 'localfs', 'backend-param': { root: '/b', ...param }, ...more }
}

/** The step that the task of `backup` compiles to. */
export async function backupStepFrom(more: object = {}, param: object = {}, config: object = {}): Promise<BackupStep & BackupTarget> {
  const [step] = (await planFrom({ ...config, tasks: [backup(more, param)] })).tasks.get('backup')?.steps ?? []
  assert.ok(step?.kind === 'backup' && step.targets[0])
  return { ...step.targets[0], ...step }
}

export async function backupErrors(more: object, param: object = {}): Promise<string> {
  return (await load({ tasks: [backup(more, param)] })).errors
}

/** The value as JavaScript has it, numbers as the nearest doubles, which are finite but for the bare words. */
export function plainValue(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries([...node.members].map(([key, member]) => [key, plainValue(member.value)]))
    case 'list':
      return node.items.map(plainValue)
    case 'number':
      return /[0-9]/u.test(node.text) ? Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(node.text))) : Number(node.text)
    case 'null':
      return null
    default:
      return node.value
  }
}
