import { normaliseObjectPath } from '../../plan/object-path.ts'
import type { BackupStep, ObjectSpec } from '../../plan/plan.ts'
import { accepts } from '../native/form/form.ts'
import { name as nameForm } from '../native/schema/schema-helpers.ts'
import { convertCommand, type NewValue } from './convert-command.ts'
import type { Remarks } from './remarks.ts'

const DEFAULT_GROUP = 'default'

/** The objects of a step by name. Dependencies are expressed by groups; they were always on whole groups. */
export function convertObjects({ objects, targets }: BackupStep, remarks: Remarks): ReadonlyMap<string, NewValue> {
  const keepsFiles = targets.some(({ storage }) => storage.kind !== 'null')
  const names = new Set<string>()
  const entries = objects.map((object, index) => {
    const entry = nameOf(object, { index, keepsFiles }, remarks)
    names.add(entry.name)
    return { ...entry, object }
  })
  const groups = renameGroups(objects, names)
  return new Map(
    entries.map(({ name, path, object }) => {
      const waits = [...new Set(object.after.map((index) => groups.get(objects[index]?.group ?? '') ?? ''))]
      const made = new Map<string, NewValue>(path === undefined ? [] : [['path', path]])
      const group = groups.get(object.group) ?? DEFAULT_GROUP
      if (group !== DEFAULT_GROUP) made.set('group', group)
      if (waits.length > 0) made.set('after', waits)
      if (object.expectedBytes !== undefined) made.set('expected-size', object.expectedBytes)
      return [name, new Map([...made, ...sourceOf(object, remarks)])] as const
    }),
  )
}

function sourceOf({ stages, path }: ObjectSpec, remarks: Remarks): ReadonlyMap<string, NewValue> {
  const commands = stages.map((stage) => convertCommand(stage, remarks))
  const [only, ...more] = commands
  if (only !== undefined && more.length === 0) return new Map([['exec', only]])
  if (only !== undefined) return new Map([['pipeline', commands]])
  remarks.add(`The object "${path}" has an empty pipeline; it was converted to the command "true", which writes nothing.`)
  return new Map([['exec', ['true']]])
}

/** A path is a name by itself. Without a storage, it was only a label. */
function nameOf(
  { path }: ObjectSpec,
  { index, keepsFiles }: { readonly index: number; readonly keepsFiles: boolean },
  remarks: Remarks,
): { readonly name: string; readonly path?: string } {
  const isValidPath = normaliseObjectPath(path).kind === 'path' && path !== '__proto__'
  if (keepsFiles) return isValidPath ? { name: path } : { name: `object-${index + 1}`, path }
  if (isValidPath && /^[\w.-]+$/u.test(path) && !path.startsWith('object-')) return { name: path }
  remarks.add('Objects on null storages were renamed where their names are invalid in the native format.')
  return { name: `object-${index + 1}` }
}

function renameGroups(objects: readonly ObjectSpec[], taken: ReadonlySet<string>): ReadonlyMap<string, string> {
  const groups = [...new Set(objects.map(({ group }) => group))]
  return new Map(groups.map((group, index) => [group, accepts(nameForm, group) && !taken.has(group) ? group : `group_${index + 1}`]))
}
