import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { KeepPolicy, Step, StorageSpec, Task } from '../../../plan/plan.ts'
import type { RcloneStorageSpec } from '../../../plan/storages/rclone-storage.ts'
import type { Context } from '../context.ts'

interface Filled {
  readonly place: string
  /** The name of the backup step that makes the sets. */
  readonly name: string
  readonly keep: string
  readonly kind: 'backup' | 'copy'
  /** For messages. */
  readonly step: string
}

/**
 * Two steps with the same folder would treat each other's sets as their own and expire them. A copy may add sets that a backup step could not store
 * there, if both have the same keep policy.
 */
export function reportSharedRoots(
  tasks: ReadonlyMap<string, Task>,
  entries: readonly (LocatedNode & { readonly key: string })[],
  { report }: Context,
): void {
  const owners = new Map<string, Filled>()
  for (const entry of entries)
    for (const [index, step] of (tasks.get(entry.key)?.steps ?? []).entries()) {
      const filled = filledBy(step, `step ${index + 1} of task ${quoted(entry.key)}`)
      const clash = clashOf(filled, owners)
      if (clash) report.error(locationOf(stepAt(entry, index)), clash.message, clash.hint)
      else for (const one of filled) owners.set(one.place, owners.get(one.place) ?? one)
    }
}

function clashOf(filled: readonly Filled[], owners: ReadonlyMap<string, Filled>): { readonly message: string; readonly hint: string } | undefined {
  for (const one of filled) {
    const owner = owners.get(one.place)
    if (owner && !mayShare(one, owner))
      return {
        message: `the sets would be in the same folder as those of ${owner.step}`,
        hint: isRefill(one, owner) ? 'Set the same "keep" for both.' : 'Set a different "name" for the step.',
      }
  }
  return undefined
}

function mayShare(one: Filled, owner: Filled): boolean {
  return isRefill(one, owner) && one.keep === owner.keep
}

function isRefill(one: Filled, owner: Filled): boolean {
  return one.name === owner.name && (one.kind === 'copy' || owner.kind === 'copy')
}

function filledBy(step: Step, text: string): readonly Filled[] {
  if (step.kind !== 'backup' && step.kind !== 'copy') return []
  const targets = step.kind === 'backup' ? step.targets : [step.to]
  return targets.flatMap(({ storage, keep }) => {
    const place = rootOf(storage)
    return place === undefined ? [] : [{ place, name: step.name, keep: textOf(keep), kind: step.kind, step: text }]
  })
}

function textOf(keep: KeepPolicy): string {
  return JSON.stringify(keep, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

/** A text that is equal for storages with the same location, regardless of the access method. Undefined if nothing is stored. */
export function rootOf(storage: StorageSpec): string | undefined {
  switch (storage.kind) {
    case 'localfs':
      return storage.root
    case 'rclone':
      // Without a remote, it is a folder of this host.
      return storage.remote === '' ? storage.root : JSON.stringify([storage.remote, storage.root, remoteOf(storage)])
    case 's3':
      return JSON.stringify([storage.endpoint, storage.bucket, storage.root])
    default:
      return undefined
  }
}

/** The location of a remote: the file that defines it, or for SFTP host, port and user. Keys do not affect the location. */
function remoteOf({ program }: RcloneStorageSpec): readonly unknown[] {
  return Object.entries(program.environment.values)
    .filter(([name]) => name.startsWith('RCLONE_CONFIG') && !name.endsWith('_FILE'))
    .toSorted()
}

/** The location of the step with this index in a task; that of the task if there is no such step. */
export function stepAt(entry: LocatedNode, index: number): LocatedNode {
  return itemsOf(memberOf(entry, 'steps'))[index] ?? entry
}
