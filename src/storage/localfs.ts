import { lstat, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LocalfsStorageSpec } from '../plan/plan.ts'
import { expireFolder } from './expire-folder.ts'
import type { Note } from './flush.ts'
import { assertKey } from './keys.ts'
import { localfsObjects } from './localfs-objects.ts'
import { type MountGuard, mountGuard } from './mount-guard.ts'
import { checkFreeSpace } from './required-place.ts'
import { type RootInUse, rootInUse } from './root-in-use.ts'
import type { Call, Folders, Storage, WorkFolder, WorkRun } from './storage.ts'
import { claimDead, removeDead } from './sweep.ts'
import { naming, refuseAborted, storageErrorOf } from './system-errors.ts'
import { isAbsent, treeBytes } from './tree.ts'
import { readUmask } from './umask.ts'
import { withRootLock } from './work-area.ts'
import { makeEntry } from './work-entry.ts'
import { isThere, openWorkFolder, type SetPlace } from './work-folder.ts'

export interface LocalfsDeps {
  /** Told of what is worth knowing and no failure, each thing once. */
  readonly note: Note
  /** Where the mounts of roots are remembered; absent: they are not. */
  readonly stateFolder?: string | undefined
  /** Takes the root as it is mounted now, whatever is remembered. */
  readonly acceptRoot?: boolean | undefined
}

/** A folder of a file system as a storage. A relative root is taken from our working folder, now. Whatever is done with it first judges the root. */
export function localfsStorage(spec: LocalfsStorageSpec, deps: LocalfsDeps): Storage {
  const root = resolve(spec.root)
  const note = once(deps.note)
  const place: SetPlace = { root, spec, umask: readUmask(), note }
  const guard = mountGuard(root, { stateFolder: deps.stateFolder, acceptRoot: deps.acceptRoot, note })
  const inUse = rootInUse(root, { spec, guard })
  return { label: root, ...localfsObjects(place, inUse), folders: localfsFolders(place, { inUse, guard }), close: async () => undefined }
}

interface Guards {
  readonly inUse: RootInUse
  readonly guard: MountGuard
}

function localfsFolders(place: SetPlace, guards: Guards): Folders {
  const { inUse } = guards
  const at = (name: string) => {
    assertKey(name)
    return join(place.root, name)
  }
  return {
    begin: (run, call) => begin(place, { run, ...guards }, call),
    async withRootLock(call, work) {
      await inUse.check(call)
      return (await isThere(place.root)) ? withRootLock(place, call, work) : work()
    },
    async listFolders(call) {
      refuseAborted(call.signal, 'listing the sets')
      await inUse.check(call, { anew: true })
      return listFolders(place)
    },
    async isTaken(name, call) {
      await inUse.check(call)
      return naming('look at', at(name), () => isThere(at(name)))
    },
    async sizeOf(name, call) {
      await inUse.check(call)
      return naming('measure', at(name), () => treeBytes(at(name)))
    },
    async expire(name, call) {
      assertKey(name)
      await inUse.check(call)
      await expireFolder(place, name, call)
    },
  }
}

async function begin(place: SetPlace, { run, inUse, guard }: Guards & { readonly run: WorkRun }, call: Call): Promise<WorkFolder> {
  refuseAborted(call.signal, 'beginning a set')
  await inUse.check(call, { anew: true })
  await naming('ask for the free space of', place.root, () => checkFreeSpace(place.root, place.spec))
  const { entry, dead } = await withRootLock(place, call, async () => {
    const claimed = await claimDead(place)
    const name = run.runId
    assertKey(name)
    return { entry: await makeEntry(place, { name, ...run }), dead: claimed }
  })
  // Outside the root's lock: it may take long, and nobody else touches what we have claimed.
  await removeDead(dead, place.note)
  call.reach?.('swept')
  const folder = await openWorkFolder(place, entry).catch(async (error: unknown) => {
    await entry.remove().catch(() => undefined)
    throw error
  })
  call.reach?.('work-begun')
  return {
    ...folder,
    async publish(name, publishCall) {
      await folder.publish(name, publishCall)
      await guard.remember().catch(() => undefined)
    },
  }
}

async function listFolders(place: SetPlace): Promise<{ readonly name: string; readonly hasManifest: boolean }[]> {
  const folders = []
  try {
    // As bytes: a name that is no UTF-8 is foreign, and must not be taken for another one.
    for (const entry of await readdir(place.root, { withFileTypes: true, encoding: 'buffer' })) {
      const name = entry.name.toString()
      if (!entry.isDirectory() || name.startsWith('.') || !Buffer.from(name).equals(entry.name)) continue
      folders.push({ name, hasManifest: await hasManifest(join(place.root, name)) })
    }
  } catch (error) {
    if (!isAbsent(error)) throw storageErrorOf(error, 'list', place.root)
  }
  return folders
}

async function hasManifest(folder: string): Promise<boolean> {
  for (const path of ['manifest.json', '.holdfast/manifest.json']) {
    const stat = await lstat(join(folder, path)).catch(() => undefined)
    if (stat?.isFile() === true) return true
  }
  return false
}

function once(note: Note): Note {
  const told = new Set<string>()
  return (text) => {
    if (told.has(text)) return
    told.add(text)
    note(text)
  }
}
