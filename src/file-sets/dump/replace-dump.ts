import { entriesOf, renameEntry, statIn, unlinkIn } from '../../files/entries.ts'
import { flushFd } from '../../files/flush.ts'
import { FilesError } from '../../files/folder.ts'
import { type MaybeShared, removeProvenTreeIn } from '../../files/tree/remove-proven.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Failpoint } from '../../lib/failpoint.ts'
import { printable } from '../../lib/format.ts'
import { PART_PREFIX, type WorkFolder } from '../work-folder.ts'
import { isDumpFolder } from './dump-folder.ts'

type Note = (text: string) => void

// `.holdfast-replaced-ID-DUMP`; ID is that of the work folder in which the new dump was made. Not in the work folder, whose contents are removed
// after a kill.
const ASIDE = /^\.holdfast-replaced-(?<id>[^-]+)-(?<dump>.+)$/su

function asideOf(dump: string, part: WorkFolder): string {
  return `.holdfast-replaced-${part.name.slice(PART_PREFIX.length)}-${dump}`
}

/**
 * Repairs a folder after runs that were killed while replacing a dump: the old dump gets its name back unless the new one has it already. Files of
 * running runs are not changed: their work folders still exist. Neither are folders that are no dumps, if other users can write to the folder: they can
 * give them such names, which is noted. Resolves with the restored names.
 */
export async function finishReplacement(folder: MaybeShared, note: Note): Promise<readonly string[]> {
  const back: string[] = []
  for (const entry of await entriesOf(folder)) {
    const name = entry.name.toString()
    const { id, dump } = ASIDE.exec(name)?.groups ?? {}
    if (id === undefined || dump === undefined || (await statIn(folder, PART_PREFIX + id)) !== undefined) continue
    if (await settle(folder, { aside: name, dump }, note)) back.push(dump)
  }
  return back
}

async function settle(folder: MaybeShared, { aside, dump }: { readonly aside: string; readonly dump: string }, note: Note): Promise<boolean> {
  const comesBack = (await statIn(folder, dump)) === undefined
  if (comesBack) await renameEntry({ folder, name: aside }, { folder, name: dump })
  await flushFd(folder.fd)
  if (!comesBack) await removeReplaced(folder, aside, note)
  return comesBack
}

async function removeReplaced(folder: MaybeShared, name: string, note: Note): Promise<void> {
  if ((await statIn(folder, name))?.isDirectory() !== true) {
    await unlinkIn(folder, name)
    return
  }
  try {
    const failed = await removeProvenTreeIn(folder, name, isDumpFolder)
    if (failed !== undefined) throw failed.error
  } catch (error) {
    if (!(error instanceof FilesError && error.code === 'files/unproven')) throw error
    note(`could not remove a replaced dump: ${printable(messageOf(error))}. ${error.hint ?? ''}`.trimEnd())
  }
}

export interface Replacing {
  readonly folder: MaybeShared
  /** The name of the dump. */
  readonly dump: string
  /** The folder of the new dump, under this name. */
  readonly part: WorkFolder
  readonly finished: string
  /** Reports a replaced dump that remains. */
  note(text: string): void
}

/**
 * Gives a finished dump the name of an existing one, if one of them is a folder, in which case rename(2) cannot replace it. If this fails, the old
 * one gets its name back; after a kill, `finishReplacement` restores it.
 */
export async function replaceDump({ folder, dump, part, finished, note }: Replacing, failpoint?: Failpoint): Promise<void> {
  const aside = asideOf(dump, part)
  await renameEntry({ folder, name: dump }, { folder, name: aside })
  try {
    failpoint?.('dump-set-aside')
    await renameEntry({ folder: part.folder, name: finished }, { folder, name: dump })
  } catch (error) {
    await renameEntry({ folder, name: aside }, { folder, name: dump })
    throw error
  }
  await settle(folder, { aside, dump }, note)
}
