import { didYouMean, quoted } from '../../lib/quoted.ts'
import { nearest } from '../../lib/suggest.ts'
import type { BackupStep, Step, Task } from '../../plan/plan.ts'
import { compileBackend } from './backups/backends.ts'
import { compileGroups } from './backups/groups.ts'
import { compileObjects } from './backups/objects.ts'
import { compileRoutineEntry, type FindTask } from './commands/routine.ts'
import type { Context } from './context.ts'
import { BACKUP_KEYS, ROUTINE_KEYS } from './keys.ts'
import { checkPointers, type NamedTask, nameTasks, type Pointer } from './task-names.ts'
import { openFields } from './values/fields.ts'
import { listOf, member, textOf, type Value } from './values/value.ts'

/** Compiles `tasks` independently of each other, so that an error in one does not hide those of others. */
export function compileTasks(entries: readonly Value[], context: Context): ReadonlyMap<string, Task> {
  const { report, complete } = context
  const names = nameTasks(entries, report)
  const pointers: Pointer[] = []
  const compiled = new Map<NamedTask, readonly Step[]>()
  for (const entry of entries) {
    const from = names.taskOf(entry)
    const steps = compileTask(entry, context, (at, id) => {
      const to = from && names.find(id, from)
      if (from && to) pointers.push({ from, to, at })
      else if (from && complete) report.error(at, `unknown task ${quoted(id)}`, didYouMean(nearest(id, new Set(names.tasks.map((it) => it.id)))))
      return to?.name
    })
    if (from && steps) compiled.set(from, steps)
  }
  checkPointers(pointers, report)
  return planTasks(names.tasks, compiled, pointers)
}

/** The tasks that can be run: those named by their id, and replaced ones that are still referenced. */
function planTasks(
  tasks: readonly NamedTask[],
  compiled: ReadonlyMap<NamedTask, readonly Step[]>,
  pointers: readonly Pointer[],
): ReadonlyMap<string, Task> {
  const targets = new Set(pointers.filter((it) => it.from !== it.to).map((it) => it.to))
  const meant = tasks.filter((it) => it.current || targets.has(it))
  return new Map(meant.map((it) => [it.name, { name: it.name, steps: compiled.get(it) ?? [] }]))
}

function compileTask(entry: Value, context: Context, findTask: FindTask): readonly Step[] | undefined {
  const { report } = context
  const typeAt = member(entry, 'type')
  // Without a type, only the keys that every task needs can be checked.
  if (!typeAt) return void openFields(entry, { ...ROUTINE_KEYS, ...BACKUP_KEYS }, { report, required: ['id', 'type'] })
  const type = textOf(typeAt, report)
  if (type === 'routine') return compileRoutine(entry, context, findTask)
  if (type === 'backup') return compileBackup(entry, context)
  if (type === undefined) return undefined
  return report.error(
    typeAt,
    `unknown type ${quoted(type)}`,
    didYouMean(nearest(type, ['routine', 'backup'])) ?? 'Valid types: "routine" and "backup".',
  )
}

function compileRoutine(entry: Value, context: Context, findTask: FindTask): readonly Step[] | undefined {
  const { report } = context
  const fields = openFields(entry, ROUTINE_KEYS, { report, required: ['id', 'type', 'routine'] })
  readId(fields?.get('id'), context)
  const list = fields?.get('routine')
  const steps = list && listOf(list, report)?.map((it) => compileRoutineEntry(it, context, findTask))
  return steps?.every((it) => it !== undefined) ? steps : undefined
}

function compileBackup(entry: Value, context: Context): readonly [BackupStep] | undefined {
  const { report } = context
  const fields = openFields(entry, BACKUP_KEYS, { report, required: ['id', 'type', 'backend'] })
  if (!fields) return undefined
  const name = readId(fields.get('id'), context)
  const backendAt = fields.get('backend')
  const backend = backendAt && compileBackend(backendAt, { task: entry, param: fields.get('backend-param') }, context)
  const groupsAt = fields.get('object-groups')
  const groups = compileGroups((groupsAt && listOf(groupsAt, report)) ?? [], report)
  const objectsAt = fields.get('objects')
  const entries = (objectsAt && listOf(objectsAt, report)) ?? []
  const keepsFiles = backendAt?.node.kind !== 'string' || backendAt.node.value !== 'null'
  const objects = compileObjects(entries, groups, { context, keepsFiles })
  if (!backend || name === undefined) return undefined
  return [{ kind: 'backup', name, targets: [backend], require: 'all', objects }]
}

function readId(value: Value | undefined, { report }: Context): string | undefined {
  const id = value && textOf(value, report)
  if (value && id === '') report.warn(value, 'a task with an empty name can only be run by other tasks', '"run" with an empty name runs "default".')
  return id
}
