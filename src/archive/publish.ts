import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Reach } from '../lib/reach.ts'
import type { ArchivePlace } from './archive-place.ts'
import { flushFolder } from './flush.ts'
import { openToGroup } from './modes.ts'

/** Whole and flushed files in a work folder on the same file system. */
export interface Finished {
  readonly archive: string
  readonly list: string
  readonly digest?: string
}

/**
 * Gives an archive, its digest and its list their names. Killed at any line, a list names an archive that is there and whole, and nothing half made bears a
 * final name.
 */
export async function publish(finished: Finished, place: ArchivePlace, reach: Reach | undefined): Promise<void> {
  for (const path of [finished.archive, finished.list, finished.digest]) if (path !== undefined) await openToGroup(path)
  if (place.replaces) {
    // The old list must not vouch for the new archive.
    await rm(place.list, { force: true })
    await rm(place.digest, { force: true })
    await flushFolder(dirname(place.list))
    reach?.('archive-replacing')
  }
  await rename(finished.archive, place.archive)
  reach?.('archive-renamed')
  if (finished.digest !== undefined) await rename(finished.digest, place.digest)
  reach?.('archive-digest-renamed')
  // The list comes last: it is what makes the archive the base of others.
  await rename(finished.list, place.list)
  reach?.('archive-list-renamed')
  for (const folder of new Set([place.archive, place.list, place.digest].map((it) => dirname(it)))) await flushFolder(folder)
}
