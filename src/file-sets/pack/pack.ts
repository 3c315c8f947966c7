import type { Entry } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { PackList } from '../scan/pack-list.ts'

/** The parameters of packing. */
export interface PackCall {
  readonly step: ArchiveStep
  /** What is packed is opened from here, folder by folder. */
  readonly source: Folder
  /** Says whose the entries are. */
  readonly pack: Pick<PackList, 'uids' | 'gids'>
  /** The work list, a file of records (see `PackRecord`). */
  readonly list: Entry
  /** Open for writing, empty; stays open. */
  readonly fd: number
  /** Kept open by processes that write, so that the lock on it outlives us as long as they do. */
  readonly lockFd: number
}

/** What came of it. The archive is whole in any case. */
export interface Packed {
  /** Names that are not in it after all, from the root of the archive, as latin1 strings of their bytes. */
  readonly lost: ReadonlySet<string>
}

/** What stands before each path in the archive: nothing, or the source's path without its first slash. */
export function archivePrefix({ absolutePaths }: ArchiveStep, { path }: Folder): string {
  return absolutePaths && path !== '/' ? `${path.slice(1)}/` : ''
}
