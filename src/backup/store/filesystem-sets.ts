import { systemCode } from '../../lib/errors.ts'
import { type Folders, type OperationContext, type Storage, StorageError, type WorkFolder } from '../../storage/storage.ts'
import { type MetadataFile, metadataFiles } from '../guide/metadata-files.ts'
import { isAcceptedSet, isAdoptedSet } from '../keep/acceptance.ts'
import { type Loaded, loadManifest, manifestOrThrow } from '../set/load-manifest.ts'
import { createManifest } from '../set/manifest.ts'
import { refuseReservedPath } from '../set/metadata-paths.ts'
import { candidateNames, compareSetNames, nameOfSet, noFreeName, noSet, parseSetName, type SetNameForm } from '../set/set-name.ts'
import type { FileDraft, SetStore, SetSummary } from '../set/set-store.ts'
import { summaryOf } from '../set/set-summary.ts'
import { recordsOn, sideFilesOn } from '../set/side-files.ts'
import { receiveOnFilesystem } from './filesystem-receiver.ts'
import { hasManifest } from './has-manifest.ts'
import { storedInFolder } from './stored-in-folder.ts'
import { writeAll } from './write-all.ts'

export type CompleteWhen = 'folder' | 'manifest'

/** Sets on a storage that publishes by one rename: the folder of a set is in the root only if the set is complete. */
export function filesystemSets(
  storage: Storage & { readonly folders: Folders },
  { completeWhen }: { readonly completeWhen: CompleteWhen },
): SetStore {
  const { folders, label } = storage
  const isLegacy = completeWhen === 'folder'
  const nameForm = isLegacy ? 'extended' : 'basic'
  const sideFiles = sideFilesOn(storage)
  const receive: SetStore['receive'] = async (name, run, call) => {
    const isDamaged = (checkCall: OperationContext) => isDamagedIn(storage, name, checkCall)
    return receiveOnFilesystem(await folders.begin(run, call), { folders, storage, name: nameOfSet(name), isDamaged }, call)
  }
  return {
    label,
    keeps: true,
    isLocal: true,
    nameForm,
    begin: async (run, call) => {
      const form = run.nameForm ?? nameForm
      const work = await folders.begin(run, call)
      if (form === 'extended') await assertTakesColons(work, label)
      return draftIn(work, folders, form)
    },
    // A damaged set may get its name back just now, after a kill while it was replaced.
    receive,
    receiveAgain: receive,
    names: (call) => setNames(folders, call),
    async list(call) {
      const summaries: SetSummary[] = []
      for (const name of await setNames(folders, call)) {
        const loaded = await loadManifest(storage, { set: name }, call)
        const summary = await summaryOf(name, isLegacy && isClosed(loaded) ? { kind: 'none' } : loaded, {
          isLegacy,
          measure: () => measure(folders, name, call),
          storedAs: (manifest) => storedInFolder(storage, { name, manifest }, call),
          isAccepted: () => isAcceptedSet(sideFiles, name, call),
          isAdoptedBy: (host) => isAdoptedSet(sideFiles, { set: name, host }, call),
        })
        // A set that expires is removed from the root before its files.
        if (summary.state !== 'damaged' || (await folders.isTaken(name, call))) summaries.push(summary)
      }
      return summaries
    },
    expire: (name, call) => folders.expire(nameOfSet(name), call, hasManifest),
    exclusively: (call, work) => folders.withRootLock(call, work),
    async readManifest(name, call) {
      const loaded = await loadManifest(storage, { set: nameOfSet(name) }, call)
      if (loaded.kind === 'none' && !(await folders.isTaken(name, call))) throw noSet(name, label)
      return manifestOrThrow(loaded, { set: name, isLegacy })
    },
    openObject: (name, path, call) => storage.get(`${nameOfSet(name)}/${path}`, call),
    sideFiles,
    records: recordsOn(storage),
    async listFiles(name, call) {
      if (!(await folders.isTaken(nameOfSet(name), call))) throw noSet(name, label)
      const files = []
      for await (const { key, bytes } of storage.list(`${name}/`, call)) files.push({ path: key.slice(name.length + 1), bytes })
      return files
    },
  }
}

/** Before anything is made: the name of the set would be refused at its end. */
async function assertTakesColons(work: WorkFolder, label: string): Promise<void> {
  try {
    await (await work.openFile(COLONS)).remove()
  } catch (error) {
    await work.abandon()
    if (!['EINVAL', 'ENOENT'].includes(systemCode(error instanceof Error ? error.cause : undefined) ?? '')) throw error
    throw new StorageError('broken', `the file system of "${label}" does not accept names with colons`, {
      cause: error,
      hint: 'Sets of this configuration have names such as 2026-01-31T02:30:00+00:00. Use another file system than exFAT, FAT or NTFS, or mount it with an option that maps colons (SMB: mapposix).',
    })
  }
}

const COLONS = '.00:00:00'

async function isDamagedIn(storage: Storage, name: string, call: OperationContext): Promise<boolean> {
  const loaded = await loadManifest(storage, { set: name }, call)
  return loaded.kind === 'ours' && (await storedInFolder(storage, { name, manifest: loaded.manifest }, call)) === 'damaged'
}

/** 0 if the set was removed in the meantime. */
async function measure(folders: Folders, name: string, call: OperationContext): Promise<bigint> {
  return await folders.sizeOf(name, call).catch((error: unknown) => {
    if (error instanceof StorageError && error.code === 'storage/not-found') return 0n
    throw error
  })
}

/**
 * A mode that denies access to the owner (possible with `fmode` of PALHM) is permanent: such a set counts by its folder, like all sets of such a
 * root.
 */
function isClosed(loaded: Loaded): boolean {
  return loaded.kind === 'unreadable' && systemCode(loaded.error) === 'storage/denied'
}

async function setNames(folders: Folders, call: OperationContext): Promise<readonly string[]> {
  const names = await folders.listFolders(call)
  return names.filter((name) => parseSetName(name) !== undefined).toSorted(compareSetNames)
}

function draftIn(work: WorkFolder, folders: Folders, nameForm: SetNameForm): FileDraft {
  return {
    kind: 'files',
    lockFd: work.lockFd,
    recordProcesses: (records) => void work.recordProcesses(records),
    async openFile(path, options) {
      refuseReservedPath(path)
      const { fd, write, finish, close, remove } = await work.openFile(path, options)
      return { fd, write, flushAndClose: finish, close, remove }
    },
    async commit(wanted, facts, call) {
      const set = await freeName(folders, { wanted, nameForm }, call)
      for (const file of metadataFiles(createManifest(set, facts))) {
        await writeMetadataFile(work, file)
        call.failpoint?.('own-file-written')
      }
      call.failpoint?.('manifest-written')
      await work.publish(set, call)
      return set
    },
    abort: () => work.abandon(),
  }
}

async function freeName(
  folders: Folders,
  { wanted, nameForm }: { readonly wanted: Date; readonly nameForm: SetNameForm },
  call: OperationContext,
): Promise<string> {
  const present = await folders.listFolders(call)
  for (const name of candidateNames(wanted, present, nameForm)) {
    // The name may be taken by something other than a set.
    if (!(await folders.isTaken(name, call))) return name
  }
  throw noFreeName(wanted)
}

async function writeMetadataFile(work: WorkFolder, { path, text }: MetadataFile): Promise<void> {
  const file = await work.openFile(path)
  try {
    await writeAll(file.fd, Buffer.from(text), path)
  } catch (error) {
    await file.close()
    throw error
  }
  await file.finish()
}
