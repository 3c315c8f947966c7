import { constants } from 'node:fs'
import { type Entry, openFileIn, renameEntry, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import type { Failpoint } from '../../lib/failpoint.ts'
import { openToGroup, type Whereabouts } from '../names/modes.ts'

/** Archive, list and digest, somewhere. */
export interface Trio {
  readonly archive: Entry
  readonly list: Entry
  readonly digest: Entry
}

export interface Publishing {
  /** Whole and flushed files in a work folder on the same file system. */
  readonly finished: Omit<Trio, 'digest'> & { readonly digest?: Entry }
  readonly target: Trio
  readonly where: Whereabouts
  /** Something of that name is there. */
  readonly replaces: boolean
}

/**
 * Gives an archive, its digest and its list their names. Killed at any line, a list names an archive that is there and whole, and nothing half made bears a
 * final name.
 */
export async function publish({ finished, target, where, replaces }: Publishing, failpoint: Failpoint | undefined): Promise<void> {
  for (const entry of [finished.archive, finished.list, finished.digest]) if (entry !== undefined) await openEntryToGroup(entry, where)
  if (replaces) {
    // The old list must not vouch for the new archive.
    await unlinkIn(target.list.folder, target.list.name)
    await unlinkIn(target.digest.folder, target.digest.name)
    await flushFd(target.list.folder.fd)
    failpoint?.('archive-replacing')
  }
  await renameEntry(finished.archive, target.archive)
  failpoint?.('archive-renamed')
  if (finished.digest !== undefined) await renameEntry(finished.digest, target.digest)
  failpoint?.('archive-digest-renamed')
  // The list comes last: it is what makes the archive the base of others.
  await renameEntry(finished.list, target.list)
  failpoint?.('archive-list-renamed')
  for (const folder of new Set([target.archive.folder, target.list.folder, target.digest.folder])) await flushFd(folder.fd)
}

async function openEntryToGroup({ folder, name }: Entry, where: Whereabouts): Promise<void> {
  const file = await openFileIn(folder, name, { flags: constants.O_RDONLY })
  try {
    await openToGroup(file, where)
  } finally {
    await file.close()
  }
}
