import { join } from 'node:path/posix'
import { type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { CopyStep, StorageSpec } from '../../../plan/plan.ts'
import { belowRcloneRoot } from '../../../plan/storages/rclone-storage.ts'
import { belowS3Root } from '../../../plan/storages/s3-storage.ts'
import type { Context, Defaults } from '../context.ts'
import { accepts } from '../form/form.ts'
import { lookUp } from '../references.ts'
import { fileName } from '../schema/schema-helpers.ts'
import type { CopyInput } from '../schema/tasks.ts'
import { rootOf } from '../storages/shared-roots.ts'
import { compileKeep } from './targets.ts'

export interface CopyCall {
  readonly task: string
  readonly defaults: Defaults
  readonly context: Context
}

/** Compiles a step that copies sets from one storage to another. Reports errors, and returns undefined then. */
export function compileCopy(input: CopyInput, at: LocatedNode, { task, defaults, context }: CopyCall): CopyStep | undefined {
  const { report, storages } = context
  const storageAt = (key: 'from' | 'to') => lookUp({ name: input[key], what: 'storage', at: memberOf(at, key) ?? at }, storages, context)
  const from = storageAt('from')
  const to = storageAt('to')
  const name = input.name ?? task
  if (!accepts(fileName, name))
    return report.error(locationOf(at), 'missing name of the sets to copy', 'Set "name" to the name of the backup step that makes them.')
  if (!from || !to) return undefined
  const nothing = [from, to].find(({ kind }) => kind === 'null')
  if (nothing)
    return report.error(locationOf(at), `the storage ${quoted(nothing === from ? input.from : input.to)} stores nothing`, 'Specify another storage.')
  if (rootOf(from) === rootOf(to))
    return report.error(locationOf(at), 'source and target of the copy are the same location', 'Specify another storage.')
  const { sets = 'all' } = input
  return {
    kind: 'copy',
    name,
    from: { name: input.from, storage: inFolder(from, name) },
    to: { name: input.to, storage: inFolder(to, name), keep: compileKeep(input.keep ?? defaults.keep) },
    newest: typeof sets === 'object' ? sets.last : sets === 'latest' ? 1 : Infinity,
  }
}

/** The sets of each step are in a separate folder. */
export function inFolder(storage: StorageSpec, name: string): StorageSpec {
  if (storage.kind === 'rclone') return belowRcloneRoot(storage, name)
  if (storage.kind === 's3') return belowS3Root(storage, name)
  return storage.kind === 'localfs' ? { ...storage, root: join(storage.root, name) } : storage
}
