import type { Folder } from '../files/folder.ts'
import type { LocalfsStorageSpec } from '../plan/plan.ts'
import type { Note } from './flush.ts'

/** A root, held open: everything that is done in it goes through its descriptor. */
export interface Place {
  readonly root: Folder
  /** It belongs to somebody else than us and root, who is not to be trusted: nothing that is made in it takes over its group. */
  readonly isForeign: boolean
  /** Its owner may work here too, though he is neither us nor root. */
  readonly trustsOwner: boolean
  readonly note: Note
}

/** A root with the modes of its sets. */
export interface SetPlace extends Place {
  readonly spec: Pick<LocalfsStorageSpec, 'folderMode' | 'fileMode' | 'minFreeBytes'>
  readonly umask: number
}
