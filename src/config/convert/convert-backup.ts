import { basename, dirname } from 'node:path/posix'
import type { BackupStep, KeepPolicy, LocalfsStorageSpec } from '../../plan/plan.ts'
import { fileName } from '../native/schema/words.ts'
import type { NewValue } from './convert-command.ts'
import { convertObjects } from './convert-objects.ts'
import type { Remarks } from './remarks.ts'

/** The storages of the new configuration, found while its steps are converted. */
export interface NewStorages {
  readonly byName: Map<string, ReadonlyMap<string, NewValue>>
  /** Roots that a step has for itself. */
  readonly takenRoots: Set<string>
}

/** A backup step in native words; undefined, with a remark, where its storage is not there yet. */
export function convertBackup(
  step: BackupStep,
  task: string,
  deps: { readonly storages: NewStorages; readonly remarks: Remarks },
): NewValue | undefined {
  const { storages, remarks } = deps
  const { storage } = step
  if (storage.kind === 's3') {
    remarks.add(`The task "${task}" stores to s3, which is not in this version, so it is left out.`)
    return undefined
  }
  const objects = convertObjects(step, remarks)
  if (storage.kind === 'null')
    return new Map<string, NewValue>([
      ['to', addStorage('nowhere', new Map([['type', 'null']]), storages)],
      ['objects', objects],
    ])
  const place = placeOf(storage, task, deps)
  const keep = keepOf(step.keep)
  return new Map<string, NewValue>([
    ...(place.name === task ? [] : [['name', place.name] as const]),
    ['to', addStorage('local', storageOf(storage, place.root), storages)],
    ...(keep.size > 0 ? [['keep', keep] as const] : []),
    ['objects', objects],
  ])
}

/** Sets lie in ROOT/NAME now. With the last folder of the old root for a name, they lie where they always lay. */
function placeOf({ root }: LocalfsStorageSpec, task: string, { storages, remarks }: { readonly storages: NewStorages; readonly remarks: Remarks }) {
  const isFree = !storages.takenRoots.has(root)
  storages.takenRoots.add(root)
  if (isFree && fileName.safeParse(basename(root)).success) return { root: dirname(root), name: basename(root) }
  const name = fileName.safeParse(task).success ? task : `task-${storages.takenRoots.size}`
  const why = isFree ? 'cannot be split into a folder and a name' : 'is that of another task too, and every step has a folder of its own now'
  remarks.add(
    `LAYOUT: the root "${root}" ${why}. The sets of the task "${task}" will lie in "${root}/${name}"; those in "${root}" do not count for it any more.`,
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

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

/** The name under which this storage is there. */
function addStorage(base: string, storage: ReadonlyMap<string, NewValue>, { byName }: NewStorages): string {
  const text = (it: ReadonlyMap<string, NewValue>) => JSON.stringify([...it])
  const same = [...byName].find(([, it]) => text(it) === text(storage))
  if (same) return same[0]
  const count = [...byName.keys()].filter((it) => it.startsWith(base)).length
  const name = count === 0 ? base : `${base}-${count + 1}`
  byName.set(name, storage)
  return name
}

/** The new set was never expired: a limit below it is a limit of one. What is larger than all disks is no limit. */
function keepOf({ copies, totalBytes }: KeepPolicy): ReadonlyMap<string, NewValue> {
  const isReal = (limit: bigint | undefined): limit is bigint => limit !== undefined && limit <= BigInt(Number.MAX_SAFE_INTEGER)
  return new Map<string, NewValue>([
    ...(isReal(copies) ? [['last', Math.max(1, Number(copies))] as const] : []),
    ...(isReal(totalBytes) ? [['total', Math.max(0, Number(totalBytes))] as const] : []),
  ])
}
