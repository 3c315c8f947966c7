import type { Folder } from '../files/folder.ts'
import type { LocalfsStorageSpec } from '../plan/plan.ts'
import type { Note } from './flush.ts'

/** An open root: all operations in it use its descriptor. */
export interface OpenedRoot {
  readonly root: Folder
  /** It, or a folder above it, belongs to another user (except root), who is not trusted: files created in it do not inherit its group. */
  readonly isForeign: boolean
  /** Other users, who are not trusted, can write to it or to a folder above it, and give any name to a folder in it. */
  readonly isShared: boolean
  /** Its owner may use the root, too, although that is neither root nor this user. */
  readonly trustsOwner: boolean
  readonly note: Note
}

/** A root with the modes of its sets. */
export interface OpenedSetRoot extends OpenedRoot {
  readonly spec: Pick<LocalfsStorageSpec, 'folderMode' | 'fileMode' | 'minFreeBytes'>
  readonly umask: number
}
