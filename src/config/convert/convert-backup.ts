import { basename, dirname } from 'node:path/posix'
import type { BackupStep, KeepPolicy, LocalfsStorageSpec } from '../../plan/plan.ts'
import type { S3StorageSpec } from '../../plan/storages/s3-storage.ts'
import { accepts } from '../native/form/form.ts'
import { fileName } from '../native/schema/schema-helpers.ts'
import type { NewValue } from './convert-command.ts'
import { convertObjects } from './convert-objects.ts'
import type { Remarks } from './remarks.ts'

/** The storages of the new configuration, collected while its steps are converted. */
export interface NewStorages {
  readonly byName: Map<string, ReadonlyMap<string, NewValue>>
  /** Roots that are used by one step only. */
  readonly takenRoots: Set<string>
}

/** A backup step in the native format; undefined, with a remark, if its storage is not supported yet. */
export function convertBackup(
  step: BackupStep,
  task: string,
  deps: { readonly storages: NewStorages; readonly remarks: Remarks },
): NewValue | undefined {
  const { storages, remarks } = deps
  const [target] = step.targets
  if (target === undefined) return undefined
  const { storage } = target
  // Configurations that are converted have no others.
  if (storage.kind === 'rclone') return undefined
  const objects = convertObjects(step, remarks)
  if (storage.kind === 'null')
    return new Map<string, NewValue>([
      ['to', addStorage('nowhere', new Map([['type', 'null']]), storages)],
      ['objects', objects],
    ])
  const place = placeOf(storage, task, deps)
  const keep = keepOf(target.keep)
  return new Map<string, NewValue>([
    ...(place.name === task ? [] : [['name', place.name] as const]),
    [
      'to',
      storage.kind === 's3'
        ? addStorage('bucket', s3Of(storage, place.root), storages)
        : addStorage('local', storageOf(storage, place.root), storages),
    ],
    ...(keep.size > 0 ? [['keep', keep] as const] : []),
    ['objects', objects],
  ])
}

/** Sets are stored in ROOT/NAME. With the last folder of the old root as the name, their location does not change. */
function placeOf(
  storage: LocalfsStorageSpec | S3StorageSpec,
  task: string,
  { storages, remarks }: { readonly storages: NewStorages; readonly remarks: Remarks },
) {
  const root = storage.kind === 's3' ? `s3://${storage.bucket}/${storage.root}` : storage.root
  const isFree = !storages.takenRoots.has(root)
  storages.takenRoots.add(root)
  // A bucket cannot be the folder of a step.
  const canSplit = storage.kind === 's3' ? storage.root !== '' : true
  if (isFree && canSplit && accepts(fileName, basename(root))) return { root: dirname(root), name: basename(root) }
  const name = accepts(fileName, task) ? task : `task-${storages.takenRoots.size}`
  const why = isFree
    ? 'cannot be split into a folder and a name'
    : 'is also used by another task, and in the native format each step has its own folder'
  remarks.add(
    `LAYOUT: the root "${root}" ${why}. New sets of the task "${task}" are stored in "${root}/${name}"; existing sets in "${root}" are no longer rotated or restored by this task.`,
  )
  storages.takenRoots.add(`${root}/${name}`)
  return { root, name }
}

function storageOf({ folderMode, fileMode, blockBytes }: LocalfsStorageSpec, root: string): ReadonlyMap<string, NewValue> {
  return new Map<string, NewValue>([
    ['type', 'localfs'],
    ['root', root],
    ...(folderMode === 0o750 ? [] : [['folder-mode', octal(folderMode)] as const]),
    ...(fileMode === 0o640 ? [] : [['file-mode', octal(fileMode)] as const]),
    ...(blockBytes === undefined ? [] : [['block-size', blockBytes] as const]),
    ['complete-when', 'folder'],
  ])
}

/** Here, the root starts with the bucket. */
function s3Of({ profile, bucket, storageClass, archiveClass }: S3StorageSpec, root: string): ReadonlyMap<string, NewValue> {
  const below = root.replace(/^s3:\/\/[^/]*\/?/u, '')
  return new Map<string, NewValue>([
    ['type', 's3'],
    ['bucket', bucket],
    ...(below === '' ? [] : [['root', below] as const]),
    ...(profile === undefined ? [] : [['profile', profile] as const]),
    ...(storageClass === undefined ? [] : [['storage-class', storageClass] as const]),
    ...(archiveClass === undefined ? [] : [['archive-class', archiveClass] as const]),
    ['complete-when', 'folder'],
  ])
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

/** The name of this storage. */
function addStorage(base: string, storage: ReadonlyMap<string, NewValue>, { byName }: NewStorages): string {
  const text = (it: ReadonlyMap<string, NewValue>) => JSON.stringify([...it])
  const same = [...byName].find(([, it]) => text(it) === text(storage))
  if (same) return same[0]
  const count = [...byName.keys()].filter((it) => it.startsWith(base)).length
  const name = count === 0 ? base : `${base}-${count + 1}`
  byName.set(name, storage)
  return name
}

/** The new set never expired: a limit below it is a limit of one. A limit above any disk size is no limit. */
function keepOf({ copies, totalBytes }: KeepPolicy): ReadonlyMap<string, NewValue> {
  const isReal = (limit: bigint | undefined): limit is bigint => limit !== undefined && limit <= BigInt(Number.MAX_SAFE_INTEGER)
  return new Map<string, NewValue>([
    ...(isReal(copies) ? [['last', Math.max(1, Number(copies))] as const] : []),
    ...(isReal(totalBytes) ? [['total', Math.max(0, Number(totalBytes))] as const] : []),
  ])
}
