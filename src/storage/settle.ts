import type { Dirent } from 'node:fs'
import { type FileHandle, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { flush, type Note, openFolder, setMode } from './flush.ts'
import { naming } from './system-errors.ts'

export interface SettlePolicy {
  /** Mode of folders that hold a file themselves, and of the set's own folder, before the umask. */
  readonly folderMode: number
  readonly umask: number
  readonly note: Note
}

/**
 * Gives every folder below `folder` its mode and flushes it, innermost first. A folder that holds a file gets `folderMode` less the umask, one that
 * holds only folders gets 0777 less the umask. The files themselves are final already. `folder` itself is left to the caller.
 */
export async function settleBelow(folder: string, policy: SettlePolicy): Promise<void> {
  for (const entry of await listing(folder)) {
    if (entry.isDirectory()) await settle(join(folder, entry.name), policy)
  }
}

async function settle(folder: string, policy: SettlePolicy): Promise<void> {
  await settleBelow(folder, policy)
  const holdsFile = (await listing(folder)).some((entry) => !entry.isDirectory())
  await withFolder(folder, async (handle) => {
    await setFolderMode(handle, holdsFile ? policy.folderMode : 0o777, { path: folder, ...policy })
    await flush(handle, folder, policy.note)
  })
}

/** Sets a folder's mode less the umask. A group handed down by the folder above (setgid) stays so. */
export async function setFolderMode(
  handle: FileHandle,
  mode: number,
  { path, umask, note }: { readonly path: string; readonly umask: number; readonly note: Note },
): Promise<void> {
  const { mode: present } = await handle.stat()
  await setMode(handle, (mode & ~umask) | (present & 0o2000), { path, note })
}

/** Opens a folder for `work`: a descriptor opened before the mode changes can be flushed after it, whatever the mode says. */
export async function withFolder<T>(folder: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await naming('open', folder, () => openFolder(folder))
  try {
    return await work(handle)
  } finally {
    await handle.close()
  }
}

function listing(folder: string): Promise<readonly Dirent[]> {
  return naming('list', folder, () => readdir(folder, { withFileTypes: true }))
}
