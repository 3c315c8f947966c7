import type { Entry } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { PackList } from '../scan/packer-list.ts'

/** The parameters of packing. */
export interface PackCall {
  readonly step: ArchiveStep
  /** The source, which is opened folder by folder from here. */
  readonly source: Folder
  /** Records the owners of the entries. */
  readonly pack: Pick<PackList, 'uids' | 'gids'>
  /** The work list, a file of records (see `PackRecord`). */
  readonly list: Entry
  /** Open for writing, empty; not closed. */
  readonly fd: number
  /** Kept open by writing processes, so that the lock on it lasts as long as they run. */
  readonly lockFd: number
}

/** The result. The archive is complete in any case. */
export interface Packed {
  /** Names that were omitted from it, relative to the root of the archive, as latin1 strings of their bytes. */
  readonly lost: ReadonlySet<string>
}

/** The prefix of each path in the archive: empty, or the source's path without its first slash. */
export function archivePrefix({ absolutePaths }: ArchiveStep, { path }: Folder): string {
  return absolutePaths && path !== '/' ? `${path.slice(1)}/` : ''
}
