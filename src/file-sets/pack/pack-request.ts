import type { Folder } from '../../files/folder.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import type { ByteFile } from '../byte-file.ts'
import type { PackList } from '../scan/packer-list.ts'

/** The parameters of packing. */
export interface PackCall {
  readonly step: ArchiveStep
  /** The source, which is opened folder by folder from here. */
  readonly source: Folder
  /** Records the owners of the entries. */
  readonly pack: Pick<PackList, 'uids' | 'gids'>
  /** The work list, a file of records (see `PackRecord`), which the scan writes. */
  readonly list: ByteFile
  /** Open for writing, empty; not closed. */
  readonly fd: number
  /** Kept open by writing processes, so that the lock on it lasts as long as they run. */
  readonly lockFd: number
  /** Called if it fails while the scan may still be in progress. */
  onFailed(cause: unknown): void
}

/** A packer, which may begin before the scan has ended. */
export interface Packing {
  /** Called between batches of the scan. Rejects if the packer could not be started. */
  settle(): Promise<void>
  /** Packs the rest, after the list was completed. Rejects if the archive could not be made; nothing runs any more then. */
  finish(): Promise<Packed>
  /** Ends it at any time; nothing runs any more when it resolves. */
  stop(): Promise<void>
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
