import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { entriesOf, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder, openFolderIn, withFolder } from '../../files/folder.ts'
import type { LocalfsStorageSpec } from '../../plan/plan.ts'
import type { Note } from '../flush.ts'
import { assertKey } from '../keys.ts'
import type { OpenedSetRoot } from '../opened-root.ts'
import { type CheckedRoot, checkedRoot } from '../root/checked-root.ts'
import { type MountGuard, mountGuard } from '../root/mount-guard.ts'
import { type Folders, type OperationContext, type Storage, StorageError, type WorkFolder, type WorkRun } from '../storage.ts'
import { naming, quoted, refuseAborted } from '../system-errors.ts'
import { expireFolder } from '../work/expire-folder.ts'
import { openArea } from '../work/open-area.ts'
import { replaceFolder } from '../work/replace-folder.ts'
import { claimDead, removeDead } from '../work/sweep.ts'
import { treeBytes } from '../work/tree-bytes.ts'
import { WORK_AREA, withRootLock } from '../work/work-area.ts'
import { makeEntry } from '../work/work-entry.ts'
import { openWorkFolder } from '../work/work-folder.ts'
import { localfsObjects } from './localfs-objects.ts'

export interface LocalfsDeps {
  /** Receives remarks that are not failures, without duplicates. */
  readonly note: Note
  /** The folder in which the mounts of roots are recorded; absent: not recorded. */
  readonly stateFolder?: string | undefined
  /** Accepts the current mount of the root, regardless of the recorded one. */
  readonly acceptRoot?: boolean | undefined
  /** Trusts users who can write to the root, or to a folder above it. */
  readonly trustRoot?: boolean | undefined
}

/** A folder of a file system as a storage. A relative root refers to the current working folder. Every operation checks the root first. */
export function localfsStorage(spec: LocalfsStorageSpec, deps: LocalfsDeps): Storage {
  const root = resolve(spec.root)
  const note = once(deps.note)
  const guard = mountGuard(root, { stateFolder: deps.stateFolder, acceptRoot: deps.acceptRoot, note })
  const inUse = checkedRoot(root, { spec: { ...spec, trustRoot: spec.trustRoot === true || deps.trustRoot === true }, guard, note })
  return { label: root, ...localfsObjects(root, inUse), folders: localfsFolders(root, { inUse, guard }), close: () => inUse.close() }
}

interface Guards {
  readonly inUse: CheckedRoot
  readonly guard: MountGuard
}

function localfsFolders(root: string, { inUse, guard }: Guards): Folders {
  const at = (name: string) => {
    assertKey(name)
    return join(root, name)
  }
  return {
    begin: (run, call) => begin(run, { inUse, guard }, call),
    async withRootLock(call, work) {
      const opened = await inUse.open(call)
      return opened === undefined ? work() : withRootLock(opened, call, work)
    },
    async listFolders(call) {
      refuseAborted(call.signal, 'listing the sets')
      const opened = await inUse.open(call, { anew: true })
      return opened === undefined ? [] : naming('list', root, () => listFolders(opened))
    },
    async isTaken(name, call) {
      const path = at(name)
      const opened = await inUse.open(call)
      return opened !== undefined && (await naming('check', path, () => statIn(opened.root, name))) !== undefined
    },
    async isTrusted(name, call) {
      const path = at(name)
      const place = await inUse.open(call)
      return place !== undefined && (await naming('check', path, () => isTrustedFolder(place.root, name)))
    },
    async sizeOf(name, call) {
      const path = at(name)
      const opened = await inUse.open(call)
      if (opened === undefined) return 0n
      return naming('measure', path, () => withFolder(openFolderIn(opened.root, name), treeBytes))
    },
    async expire(name, call, proves) {
      assertKey(name)
      await inArea(root, await inUse.make(call), (opened, area) => expireFolder(opened, { area, name, proves }, call))
    },
    async replace(name, { proves, publish }, call) {
      assertKey(name)
      await inArea(root, await inUse.make(call), (opened, area) => replaceFolder(opened, { area, name, proves, publish }, call))
    },
  }
}

async function inArea(root: string, opened: OpenedSetRoot, work: (opened: OpenedSetRoot, area: Folder) => Promise<void>): Promise<void> {
  const area = await openArea(opened, WORK_AREA)
  if (area === undefined) throw new StorageError('broken', `the work area of ${quoted(root)} was removed while it was in use`)
  try {
    await work(opened, area)
  } finally {
    await closeFolder(area)
  }
}

async function begin(run: WorkRun, { inUse, guard }: Guards, call: OperationContext): Promise<WorkFolder> {
  refuseAborted(call.signal, 'beginning a set')
  const opened = await inUse.make(call)
  const { entry, dead } = await withRootLock(opened, { task: run.task, ...call }, async (area) => {
    const claimed = await claimDead(area, opened)
    const name = run.runId
    assertKey(name)
    return { entry: await makeEntry(area, { name, ...run }), dead: claimed }
  })
  // Without the root's lock: it may take long, and other runs do not touch a claimed folder.
  await removeDead(dead, opened.note)
  call.failpoint?.('swept')
  const folder = await openWorkFolder(opened, entry).catch(async (error: unknown) => {
    await entry.remove().catch(() => undefined)
    throw error
  })
  call.failpoint?.('work-begun')
  return {
    ...folder,
    async publish(name, publishCall) {
      await folder.publish(name, publishCall)
      await guard.remember(opened.root).catch(() => undefined)
    },
  }
}

async function listFolders({ root }: OpenedSetRoot): Promise<readonly string[]> {
  const names: string[] = []
  for (const entry of await entriesOf(root)) {
    const name = entry.name.toString()
    // As bytes: a name that is not valid UTF-8 is foreign, and must not be mistaken for another one.
    if (entry.isDirectory() && !name.startsWith('.') && Buffer.from(name).equals(entry.name)) names.push(name)
  }
  return hasFoldersOfAll(root) ? thoseOfOwners(root, names) : names
}

/** All users can create folders there, and only their owners can remove them: a set made by another user must not cause this user's sets to expire. */
function hasFoldersOfAll({ facts: { mode } }: Folder): boolean {
  return (mode & 0o1002) === 0o1002
}

// statfs(2) of NFS, CIFS, SMB2 and FUSE: on these, the owner of files may differ from the user on this host.
const OWNERS_UNKNOWN = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x65735546])

async function isTrustedFolder(root: Folder, name: string): Promise<boolean> {
  if ((await statIn(root, name))?.isDirectory() !== true) return false
  return !hasFoldersOfAll(root) || (await thoseOfOwners(root, [name])).length > 0
}

async function thoseOfOwners(root: Folder, names: readonly string[]): Promise<readonly string[]> {
  const { type } = await statfs(`/proc/self/fd/${root.fd}`)
  if (OWNERS_UNKNOWN.has(type)) return names
  const owners = [0, process.geteuid?.(), root.facts.uid]
  const kept: string[] = []
  for (const name of names) if (owners.includes((await statIn(root, name))?.uid)) kept.push(name)
  return kept
}

function once(note: Note): Note {
  const noted = new Set<string>()
  return (text) => {
    if (noted.has(text)) return
    noted.add(text)
    note(text)
  }
}
