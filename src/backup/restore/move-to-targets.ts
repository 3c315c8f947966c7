import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { type Entry, statIn, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import { closeFolder, type Folder, shownIn } from '../../files/folder.ts'
import { moveEntry, moveToNewName } from '../../files/move-entry.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import type { Failpoint } from '../../lib/failpoint.ts'
import { runTool } from '../../process/tool/run-tool.ts'
import { fuseTypeOf } from '../../process/tool/shared-locks.ts'
import { naming, quoted, storageErrorOf } from '../../storage/system-errors.ts'
import { BackupError } from '../set/errors.ts'
import { flushFiles, type PlacedObject, type ReadBack, readBack, type Size } from './read-back.ts'
import { obstacleTo, openParentOf } from './restore-destination.ts'
import { KEPT_PREFIX, makeOwned, removeOpen, TARGETS_FILE, writeTargets } from './restore-leftovers.ts'

/** A built object, and its target below the destination. */
export interface BuiltObject {
  /** Its name in the staging folder. */
  readonly name: string
  readonly target: string
}

export interface MoveOptions {
  readonly destination: Folder
  readonly staging: Folder
  readonly overwrite: boolean
  readonly failpoint?: Failpoint | undefined
  /** If aborted, files on a FUSE file system that cannot be read yet are not waited for. */
  readonly signal?: AbortSignal
}

/**
 * Renames built objects to their targets, all of them or none. Replaced entries are kept in a separate folder until all targets are in place and
 * flushed to the device; that folder is released by removing one file in it, and only released folders are ever removed by Holdfast. Files on a FUSE
 * file system are also read back. Resolves with warnings.
 *
 * Every folder on the path is opened without following links: nothing is put outside of the destination, even if folders in it are replaced in the
 * meantime. Rejects with the first cause, after everything was moved back; if that is not possible, the message contains the folder with the
 * remaining files.
 */
export async function moveToTargets(built: readonly BuiltObject[], placing: MoveOptions): Promise<ReadBack> {
  const { destination, failpoint, signal } = placing
  const done: Done = { moved: [], opened: [] }
  const fuse = fuseTypeOf(destination.fd)
  const sizes = fuse === undefined ? undefined : await flushBuilt(built, placing.staging)
  const kept = await keptFor(built, placing)
  try {
    failpoint?.('restore-kept-made')
    for (const it of built) await placeOne(it, { ...placing, kept, done })
    failpoint?.('restore-all-moved')
    const isFlushed = await flush(destination)
    const { isReadable, warnings } = fuse === undefined ? READABLE : await readBack(placedOf(done, sizes), fuse, { signal })
    const unflushed = isFlushed ? [] : ['could not flush the file system: the restored files are lost if this host fails soon; run "sync"']
    const trouble = isFlushed ? (isReadable ? undefined : 'the restored files cannot be read yet') : 'could not flush the file system'
    const left = kept === undefined ? unflushed : await giveUpUnless(trouble, kept, placing)
    return { isReadable, warnings: [...warnings, ...left] }
  } catch (error) {
    throw await putBack(done.moved, { error, kept, destination })
  } finally {
    for (const folder of [...done.opened, ...(kept === undefined ? [] : [kept.folder])]) await closeFolder(folder)
  }
}

const READABLE: ReadBack = { isReadable: true, warnings: [] }

interface Done {
  readonly moved: Moved[]
  /** Folders to close at the end. */
  readonly opened: Folder[]
}

/** One completed rename, which can be reverted. */
interface Moved {
  readonly what: 'aside' | 'in-place'
  /** In the destination. */
  readonly place: Entry
  /** In the staging folder, or in that of the replaced entries. */
  readonly other: Entry
  /** What was put in place. */
  readonly entry: Stats | undefined
}

interface Kept {
  readonly folder: Folder
  readonly name: string
}

/** The folder for replaced entries, with its list flushed before anything is moved; undefined if nothing is replaced. */
async function keptFor(built: readonly BuiltObject[], { destination, overwrite }: MoveOptions): Promise<Kept | undefined> {
  const obstacles = await Promise.all(built.map(({ target }) => obstacleTo(destination, target, false)))
  if (!overwrite || obstacles.every((it) => it === undefined)) return undefined
  const name = `${KEPT_PREFIX}${randomUUID()}`
  const folder = await makeOwned(destination, name)
  try {
    await writeTargets(folder, Object.fromEntries(built.map((it) => [it.name, it.target])))
    await naming('flush', destination.path, () => flushFd(destination.fd))
    return { folder, name }
  } catch (error) {
    // Nothing was moved into it.
    await removeOpen(destination, name, folder)
    await closeFolder(folder)
    throw error
  }
}

interface OnePlacing extends MoveOptions {
  readonly kept: Kept | undefined
  readonly done: Done
}

async function placeOne({ name, target }: BuiltObject, { destination, staging, kept, done, failpoint }: OnePlacing): Promise<void> {
  const shown = shownIn(destination, target)
  const folder = await naming('create the folder of', shown, () => openParentOf(destination, target))
  done.opened.push(folder)
  const place = { folder, name: target.slice(target.lastIndexOf('/') + 1) }
  if ((await statIn(folder, place.name)) !== undefined) {
    if (kept === undefined) throw new BackupError('in-the-way', `${quoted(shown)} already exists`)
    const other = { folder: kept.folder, name }
    await naming('replace', shown, () => moveEntry(place, other))
    done.moved.push({ what: 'aside', place, other, entry: undefined })
    failpoint?.('restore-moved-aside')
  }
  const other = { folder: staging, name }
  const entry = await statIn(staging, name)
  await moveIn(other, place, 'create')
  done.moved.push({ what: 'in-place', place, other, entry })
  failpoint?.('restore-moved')
}

async function flushBuilt(built: readonly BuiltObject[], staging: Folder): Promise<ReadonlyMap<string, Size | undefined>> {
  const sizes = new Map<string, Size | undefined>()
  for (const { name } of built) sizes.set(name, await flushFiles({ folder: staging, name }))
  return sizes
}

function placedOf({ moved }: Done, sizes: ReadonlyMap<string, Size | undefined> = new Map()): readonly PlacedObject[] {
  return moved.filter(({ what }) => what === 'in-place').map(({ place, other }) => ({ ...place, before: sizes.get(String(other.name)) }))
}

/** Whether all placed objects were flushed to the device; false if there is no such tool. Rejects on a real error: some may not have been stored. */
async function flush({ fd, path }: Folder): Promise<boolean> {
  const { exitCode } = await runTool(['sync', '-f', '--', '/proc/self/fd/3'], [fd])
  if (exitCode === 1)
    throw new BackupError('lost', `could not flush the file system of ${quoted(path)}`, {
      hint: 'The restored files may not have been stored: check the kernel log, and the free space of the device.',
    })
  return exitCode === 0
}

/** Removes the replaced entries, unless the new ones may not be stored. */
async function giveUpUnless(trouble: string | undefined, kept: Kept, { destination, failpoint }: MoveOptions): Promise<readonly string[]> {
  if (trouble !== undefined)
    return [`${trouble}, so the replaced files are kept in ${quoted(kept.folder.path)}; check the restored files, then remove it`]
  failpoint?.('restore-flushed')
  return await giveUp(destination, kept, failpoint)
}

async function giveUp(destination: Folder, { folder, name }: Kept, failpoint?: Failpoint): Promise<readonly string[]> {
  await unlinkIn(folder, TARGETS_FILE)
  failpoint?.('restore-given-up')
  const left = await removeOpen(destination, name, folder)
  return left === undefined ? [] : [left]
}

interface Failure {
  readonly error: unknown
  readonly kept: Kept | undefined
  readonly destination: Folder
}

/** Reverts the renames, last one first, each as far as possible; resolves with the error to throw. */
async function putBack(moved: readonly Moved[], { error, kept, destination }: Failure): Promise<unknown> {
  const failures: unknown[] = []
  for (const it of moved.toReversed()) await revert(it).catch((failure: unknown) => failures.push(failure))
  if (failures.length === 0 && kept !== undefined) await giveUp(destination, kept).catch((failure: unknown) => failures.push(failure))
  if (failures.length === 0) return error
  const what = kept === undefined ? 'remove the restored files' : 'move the replaced files back'
  return new BackupError('not-put-back', `${messageOf(error)}; and could not ${what}: ${failures.map(messageOf).join('; ')}`, {
    cause: error,
    hint:
      kept === undefined
        ? `Check the restored files in ${quoted(destination.path)}: some of them remain.`
        : `Move the replaced files back from ${quoted(kept.folder.path)}; "${TARGETS_FILE}" in it lists their targets. Holdfast does not remove this folder.`,
  })
}

async function revert({ what, place, other, entry }: Moved): Promise<void> {
  const shown = shownIn(place.folder, place.name)
  if (what === 'aside') {
    // A new entry was created by another program: both it and the replaced entry are kept.
    await moveIn(other, place, 'move back')
    return
  }
  const there = await statIn(place.folder, place.name)
  if (there === undefined) return
  if (!isSame(there, entry)) throw replacedByAnother(shown)
  await naming('remove', shown, () => moveEntry(place, other))
  // It was replaced at the last moment.
  if (isSame(await statIn(other.folder, other.name), entry)) return
  await moveIn(other, place, 'move back')
  throw replacedByAnother(shown)
}

/** Replaces nothing: rejects with `in-the-way`. */
async function moveIn(from: Entry, place: Entry, doing: string): Promise<void> {
  const shown = shownIn(place.folder, place.name)
  await moveToNewName(from, place).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST' ? new BackupError('in-the-way', `${quoted(shown)} already exists`) : storageErrorOf(error, doing, shown)
  })
}

/** File systems use the number of a removed entry again, often for the next one: the time of its creation distinguishes them, where it is recorded. */
function isSame(found: Stats | undefined, entry: Stats | undefined): boolean {
  return found !== undefined && found.ino === entry?.ino && found.dev === entry.dev && found.birthtimeMs === entry.birthtimeMs
}

function replacedByAnother(shown: string): BackupError {
  return new BackupError('in-the-way', `${quoted(shown)} cannot be identified: another program may have replaced it`)
}
