import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { DrillStep } from '../../../plan/plan.ts'
import { lookUp } from '../references.ts'
import { fileName } from '../schema/schema-helpers.ts'
import type { DrillInput } from '../schema/tasks.ts'
import { type CopyCall, inFolder } from './copy.ts'

/** Compiles a step that restores a set to throw-away places. Reports errors, and returns undefined then. */
export function compileDrill(input: DrillInput, at: LocatedNode, { task, context }: CopyCall): DrillStep | undefined {
  const { report, storages } = context
  const storage = lookUp({ name: input.from, what: 'storage', at: memberOf(at, 'from') ?? at }, storages, context)
  const name = input.name ?? task
  if (!fileName.safeParse(name).success)
    return report.error(locationOf(at), 'missing name of the sets to drill', 'Set "name" to the name of the backup step that makes them.')
  if (!storage) return undefined
  if (storage.kind === 'null') return report.error(locationOf(at), `the storage ${quoted(input.from)} stores nothing`, 'Specify another storage.')
  return {
    kind: 'drill',
    name,
    from: { name: input.from, storage: inFolder(storage, name) },
    set: input.set ?? 'latest',
    level: input.level ?? 'full',
    ...(input.folder !== undefined && { folder: input.folder }),
  }
}
