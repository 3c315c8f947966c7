import { join } from 'node:path/posix'
import type { BackupStep, Step, StorageSpec } from '../../plan/plan.ts'
import { compileCommand } from './command.ts'
import type { Context, Defaults } from './context.ts'
import { compileKeep } from './keep.ts'
import { lookUp } from './named.ts'
import { compileObjects } from './objects.ts'
import { checkForm } from './schema/check-form.ts'
import { type BackupInput, stepShell } from './schema/tasks.ts'
import { fileName } from './schema/words.ts'
import { innerSettings } from './settings.ts'
import { compileSignals } from './signals.ts'
import { describeNode, memberOf, type Placed, spotOf } from './yaml/node.ts'

export interface StepCall {
  readonly task: string
  readonly defaults: Defaults
  readonly context: Context
}

/** Compiles one step. Reports what is wrong and gives undefined then. */
export function compileStep(placed: Placed, { task, defaults, context }: StepCall): Step | undefined {
  const { report } = context
  const input = checkForm(placed, stepShell, report)
  const at = (key: string) => memberOf(placed, key) ?? placed
  if (input?.exec !== undefined) {
    const command = compileCommand(input.exec, defaults.settings, { at: at('exec'), report })
    return command && { kind: 'exec', command }
  }
  if (input?.task !== undefined) {
    const found = lookUp({ name: input.task, what: 'task', at: at('task') }, new Map([...context.tasks].map((it) => [it, it])), context)
    return found === undefined ? undefined : { kind: 'task', task: found }
  }
  if (input?.signals !== undefined) return compileSignals(input.signals, at('signals'), report)
  return input?.backup && compileBackup(input.backup, at('backup'), { task, defaults, context })
}

function compileBackup(input: BackupInput, at: Placed, { task, defaults: outer, context }: StepCall): BackupStep | undefined {
  const { report } = context
  const defaults: Defaults = {
    ...outer,
    settings: innerSettings(outer.settings, input, { at, report }),
    ...(input.compress !== undefined && { compress: input.compress }),
    ...(input.encrypt !== undefined && { encrypt: input.encrypt }),
  }
  const objectsAt = memberOf(at, 'objects')
  if (objectsAt && objectsAt.node.kind !== 'map')
    report.error(
      spotOf(objectsAt),
      `a mapping is expected, not ${describeNode(objectsAt.node)}`,
      'Each object has a name: "etc: { files: { paths: [/etc] } }".',
    )
  const objects = objectsAt?.node.kind === 'map' ? compileObjects(objectsAt, defaults, context) : undefined
  const storage = chooseStorage(input.to ?? outer.to, memberOf(at, 'to') ?? at, context)
  const name = input.name ?? taskAsName(task, at, storage, context)
  if (!objects || !storage || name === undefined) return undefined
  return { kind: 'backup', name, storage: inFolder(storage, name), objects, keep: compileKeep(input.keep ?? outer.keep) }
}

function taskAsName(task: string, at: Placed, storage: StorageSpec | undefined, { report }: Context): string | undefined {
  if (storage?.kind === 'null' || fileName.safeParse(task).success) return task
  return report.error(spotOf(at), 'the name of the task is no name that a folder could have', 'Give the step a "name" of its own.')
}

function chooseStorage(to: string | readonly string[] | undefined, at: Placed, context: Context): StorageSpec | undefined {
  const { report, storages } = context
  const [name, ...more] = to === undefined ? storages.keys() : [to].flat()
  if (to === undefined && name === undefined)
    return context.complete ? report.error(spotOf(at), 'there is no storage to keep sets on', 'Define one in "storages".') : undefined
  if (to === undefined && more.length > 0)
    return report.error(spotOf(at), 'it is not said which storage sets go to', `Write "to:" with one of ${[...storages.keys()].join(', ')}.`)
  if (more.length > 0)
    return report.error(
      spotOf(at),
      'storing to several storages at once is not in this version',
      'Write one name, and a second step for another storage.',
    )
  return lookUp({ name: name ?? '', what: 'storage', at }, storages, context)
}

/** The sets of each step lie in a folder of its own. */
function inFolder(storage: StorageSpec, name: string): StorageSpec {
  return storage.kind === 'localfs' ? { ...storage, root: join(storage.root, name) } : storage
}
