import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { namesIn, openFileIn, openRegularIn, statIn, unlinkIn } from '../../../files/entries.ts'
import { closeFolder, type Folder } from '../../../files/folder.ts'
import { openExistingFolderSync, openOrMakeFolderSync } from '../../../files/open-by-path.ts'
import type { OperationContext } from '../../../storage/storage.ts'
import { storageErrorOf } from '../../../storage/system-errors.ts'
import type { StoredRecord } from '../../restore/restore-jobs.ts'
import type { SetStore } from '../../set/set-store.ts'
import { indexNameOf, type SideFiles, setOfSideFile } from '../../set/side-files.ts'
import { copyIndex } from './copy-index.ts'
import { createIndexHeader, type IndexedObject, type IndexHeader } from './index-header.ts'
import { type OpenIndex, openIndex } from './read-index.ts'
import { beginIndex, DRAFT, type IndexDraft } from './write-index.ts'

/** The indexes of the sets on one storage: those of this host, and those beside the sets. */
export interface IndexPlaces {
  readonly sets: Pick<SetStore, 'label' | 'sideFiles'>
  /** The state folder of this host. */
  readonly stateFolder: string
}

type Indexed = StoredRecord & { readonly sha256: string }

/** Only data that was compared with a digest when it was read can have an index. */
function canBeIndexed(record: StoredRecord): record is Indexed {
  return record.sha256 !== undefined
}

const COMPRESSORS: ReadonlySet<string> = new Set(['zstd', 'gzip', 'xz', 'bzip2', 'lz4'])

/** Names are as secret as the contents: those of an object with any other filter do not leave this host. */
export function mayBeBeside({ filters }: Pick<StoredRecord, 'filters'>): boolean {
  return filters.every((filter) => COMPRESSORS.has(filter))
}

function folderPath({ sets, stateFolder }: IndexPlaces): string {
  return join(stateFolder, 'indexes', createHash('sha256').update(sets.label).digest('hex').slice(0, 32))
}

interface ObjectOfSet {
  readonly set: string
  readonly record: StoredRecord
}

/** The index of an object: of this host, otherwise from beside the set. Undefined if there is none that can be used. Rejects only on an abort. */
export async function findIndex(places: IndexPlaces, { set, record }: ObjectOfSet, call: OperationContext): Promise<OpenIndex | undefined> {
  if (!canBeIndexed(record)) return undefined
  const own = await openOwn(places, { set, record })
  if (own !== undefined || !mayBeBeside(record)) return own
  const name = indexNameOf(set, record.path)
  try {
    const body = await places.sets.sideFiles?.open(name, call)
    if (body === undefined) return undefined
    // The next time, it is found without the storage.
    const isCopied = await copyIndex(body, { folder: () => openOrMakeFolderSync(folderPath(places), 0o700), name })
    if (isCopied) return await openOwn(places, { set, record })
    const again = await places.sets.sideFiles?.open(name, call)
    return again && (await openIndex(again, { set, record }))
  } catch (error) {
    if (call.signal.aborted) throw error
    return undefined
  }
}

/** What cannot be read counts as missing. */
async function openOwn(places: IndexPlaces, object: IndexedObject): Promise<OpenIndex | undefined> {
  try {
    const body = await openOwnFile(places, indexNameOf(object.set, object.record.path))
    return body && (await openIndex(body, object))
  } catch {
    return undefined
  }
}

async function openOwnFile(places: IndexPlaces, name: string): Promise<Readable | undefined> {
  const folder = openExistingFolderSync(folderPath(places))
  try {
    return (await openRegularIn(folder, name))?.createReadStream()
  } finally {
    await closeFolder(folder)
  }
}

/** An unfinished index: of this host, and beside the set if it may be there. */
export interface NewIndex extends Pick<IndexDraft, 'add' | 'drained' | 'discard'> {
  /** Resolves with why it could not be stored, or only on this host; undefined if it was stored. */
  store(facts: Pick<IndexHeader, 'format' | 'entries'> & { readonly made: Date; readonly incomplete?: string | undefined }): Promise<unknown>
}

/** Begins the index of an object. Undefined if it cannot have one. If nothing can be written here, `store` resolves with the reason. */
export async function beginIndexOf(places: IndexPlaces, { set, record }: ObjectOfSet, call: OperationContext): Promise<NewIndex | undefined> {
  if (!canBeIndexed(record)) return undefined
  const name = indexNameOf(set, record.path)
  let folder: Folder
  let draft: IndexDraft
  try {
    folder = openOrMakeFolderSync(folderPath(places), 0o700)
  } catch (error) {
    return unwritable(places, error)
  }
  try {
    draft = await beginIndex(folder)
  } catch (error) {
    await closeFolder(folder)
    return unwritable(places, error)
  }
  return {
    add: draft.add,
    drained: draft.drained,
    async discard() {
      await draft.discard()
      await closeFolder(folder)
    },
    async store(facts) {
      try {
        await draft.finish(createIndexHeader({ set, record }, facts), name)
        if (!mayBeBeside(record) || places.sets.sideFiles === undefined) return undefined
        const file = await openFileIn(folder, name, { flags: constants.O_RDONLY })
        await put(places.sets.sideFiles, { name, body: file.createReadStream() }, call)
        return undefined
      } catch (error) {
        if (call.signal.aborted) throw error
        return error
      } finally {
        await closeFolder(folder)
      }
    },
  }
}

function unwritable(places: IndexPlaces, error: unknown): NewIndex {
  const reason = storageErrorOf(error, 'write', folderPath(places))
  return { add: () => undefined, drained: async () => undefined, discard: async () => undefined, store: async () => reason }
}

/**
 * Puts the index of an object beside the set if only this host has it. Resolves with why it could not; undefined if it is there, or may not be. Rejects
 * only on an abort.
 */
export async function completePlaces(places: IndexPlaces, { set, record }: ObjectOfSet, call: OperationContext): Promise<unknown> {
  const { sideFiles } = places.sets
  if (sideFiles === undefined || !mayBeBeside(record)) return undefined
  const name = indexNameOf(set, record.path)
  try {
    if ((await sideFiles.names(name, call)).includes(name)) return undefined
    const body = await openOwnFile(places, name)
    if (body !== undefined) await put(sideFiles, { name, body }, call)
    return undefined
  } catch (error) {
    if (call.signal.aborted) throw error
    return error
  }
}

// A run publishes its set meanwhile, or removes old ones.
const WAIT_MS = 10_000

async function put(sideFiles: SideFiles, { name, body }: { readonly name: string; readonly body: Readable }, call: OperationContext): Promise<void> {
  try {
    await sideFiles.put(name, body, { ...call, waitLimitMs: WAIT_MS })
  } finally {
    body.destroy()
  }
}

/** Forgets the index of an object on this host, because it is damaged. */
export async function dropIndex(places: IndexPlaces, { set, object }: { readonly set: string; readonly object: string }): Promise<void> {
  await inOwnFolder(places, async (folder) => {
    await unlinkIn(folder, indexNameOf(set, object))
  })
}

// Drafts of processes that are still running are younger.
const DRAFT_AGE_MS = 7 * 24 * 3600_000

/**
 * Removes indexes of sets that are not among these and still do not exist, and the remains of killed processes. `beside`: also what is beside the sets.
 * Never rejects.
 */
export async function removeOrphans(
  places: IndexPlaces & { readonly sets: Pick<SetStore, 'names'> },
  { present, now, beside }: { readonly present: readonly string[]; readonly now: Date; readonly beside: boolean },
  call: OperationContext,
): Promise<void> {
  const known = new Set(present)
  const isOrphan = (name: string) => {
    const set = setOfSideFile(name)
    return set !== undefined && !known.has(set)
  }
  // Another run may have published a set since the sets were listed: those that exist after the files were listed decide.
  const orphansIn = async (names: readonly string[]) => {
    if (names.some(isOrphan)) for (const name of await places.sets.names(call)) known.add(name)
    return names.filter(isOrphan)
  }
  await inOwnFolder(places, async (folder) => {
    const names = await namesIn(folder)
    for (const name of names.filter((it) => DRAFT.test(it)))
      if (now.getTime() - ((await statIn(folder, name))?.mtimeMs ?? 0) > DRAFT_AGE_MS) await unlinkIn(folder, name)
    for (const name of await orphansIn(names)) await unlinkIn(folder, name)
  })
  const { sideFiles } = places.sets
  if (!beside || sideFiles === undefined) return
  try {
    for (const name of await orphansIn(await sideFiles.names('', call))) await sideFiles.remove(name, call)
  } catch {
    // They do no harm; the next time removes them.
  }
}

async function inOwnFolder(places: IndexPlaces, work: (folder: Folder) => Promise<void>): Promise<void> {
  try {
    const folder = openExistingFolderSync(folderPath(places))
    try {
      await work(folder)
    } finally {
      await closeFolder(folder)
    }
  } catch {
    // Missing, or not accessible to this user.
  }
}
