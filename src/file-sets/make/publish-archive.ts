import { constants } from 'node:fs'
import { type Entry, openFileIn, renameEntry, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import type { Failpoint } from '../../lib/failpoint.ts'
import { type FinishedPlace, openToGroup } from '../names/file-modes.ts'

/** The paths of archive, list and digest. */
export interface ArchiveParts {
  readonly archive: Entry
  readonly list: Entry
  readonly digest: Entry
}

export interface Publishing {
  /** Complete, flushed files in a work folder on the same file system. */
  readonly finished: Omit<ArchiveParts, 'digest'> & { readonly digest?: Entry }
  readonly target: ArchiveParts
  readonly where: FinishedPlace
  /** The name exists. */
  readonly replaces: boolean
}

/**
 * Renames an archive, its digest and its list to their final names. If the process is killed at any point, a list refers to an existing, complete
 * archive, and no unfinished file has a final name.
 */
export async function publishArchive({ finished, target, where, replaces }: Publishing, failpoint: Failpoint | undefined): Promise<void> {
  for (const entry of [finished.archive, finished.list, finished.digest]) if (entry !== undefined) await openEntryToGroup(entry, where)
  if (replaces) {
    // The old list does not match the new archive.
    await unlinkIn(target.list.folder, target.list.name)
    await unlinkIn(target.digest.folder, target.digest.name)
    await flushFd(target.list.folder.fd)
    failpoint?.('archive-replacing')
  }
  await renameEntry(finished.archive, target.archive)
  failpoint?.('archive-renamed')
  if (finished.digest !== undefined) await renameEntry(finished.digest, target.digest)
  failpoint?.('archive-digest-renamed')
  // The list is last, because it makes the archive a base for others.
  await renameEntry(finished.list, target.list)
  failpoint?.('archive-list-renamed')
  for (const folder of new Set([target.archive.folder, target.list.folder, target.digest.folder])) await flushFd(folder.fd)
}

async function openEntryToGroup({ folder, name }: Entry, where: FinishedPlace): Promise<void> {
  const file = await openFileIn(folder, name, { flags: constants.O_RDONLY })
  try {
    await openToGroup(file, where)
  } finally {
    await file.close()
  }
}
