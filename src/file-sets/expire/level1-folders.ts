import { dirname, join } from 'node:path'
import { entriesOf, statIn } from '../../files/entries.ts'
import { type Folder, openFolder, withFolder } from '../../files/folder.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { systemCode } from '../../lib/errors.ts'
import type { ArchiveFiles, ArchiveLevel } from '../../plan/dated-files.ts'
import type { LocatedArchives } from '../../plan/steps/archives-of.ts'
import { withArchiveFolder } from '../archive-folder.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import type { DatedFile } from '../find/expiry.ts'
import { archiveFolders, findArchiveFiles } from '../find/find-files.ts'

export interface BaseSearch {
  readonly files: ArchiveFiles
  readonly workingFolder: string
  /** The folder of the level 0 files that may expire, and whether it contains copies instead of originals. */
  readonly folder: string
  readonly areCopies: boolean
  /** Nothing is removed or recorded. */
  readonly isDry: boolean
  /** Already removed in this step; dry: to be removed. */
  readonly gone: ReadonlySet<string>
}

/** A folder that may contain level 1 files. */
export interface Level1Folder {
  readonly files: ArchiveFiles
  readonly folder: string
  readonly mustRead: boolean
  readonly isCopy: boolean
}

/** All such folders: those of the plan (file sets, tasks, copies), which must be readable, and those beside the folder of the level 0. */
export async function level1Folders(search: BaseSearch, { archives = [] }: ArchiveWork): Promise<readonly Level1Folder[]> {
  const { files, workingFolder, folder, areCopies } = search
  const own = areCopies ? folder : (archiveFolders(files, workingFolder)[1] ?? folder)
  const places = new Map<string, Level1Folder>([[own, { files, folder: own, mustRead: true, isCopy: areCopies }]])
  // Folders of level 1 files that are relative to a level 0 in another folder.
  const others = new Set<string>()
  for (const known of archives.filter((it) => it.files.basename === files.basename)) {
    const place = placeOf(known, areCopies)
    if (place === undefined) continue
    const isCopy = known.copies !== undefined && place.at !== own
    if (await isOnePlace(place.base, folder)) places.set(place.at, { files: known.files, folder: place.at, mustRead: true, isCopy })
    else others.add(place.at)
  }
  const beside = areCopies ? [] : await foldersBeside(folder)
  for (const at of beside) if (!places.has(at) && !others.has(at)) places.set(at, { files, folder: at, mustRead: false, isCopy: false })
  return [...places.values()]
}

/** The folders of level 1 and level 0 of known archives. Copies are relative to the original level 0, and among copies to those in the same folder. */
function placeOf({ files, workingFolder, copies }: LocatedArchives, areCopies: boolean): { readonly at: string; readonly base: string } | undefined {
  const { 1: at } = archiveFolders(files, workingFolder, copies)
  const { 0: home } = archiveFolders(files, workingFolder)
  const base = areCopies ? at : home
  return at === undefined || base === undefined ? undefined : { at, base }
}

async function isOnePlace(one: string, other: string): Promise<boolean> {
  return one === other || (await realPathOf(one)) === (await realPathOf(other))
}

/** The archives, lists and digests of a level in such a folder. Rejects if it must be readable, and is not. */
export async function archivesIn(
  files: ArchiveFiles,
  { folder: path, level }: { readonly folder: string; readonly level: ArchiveLevel },
  { mustRead, work }: { readonly mustRead: boolean; readonly work: ArchiveWork },
): Promise<readonly DatedFile[]> {
  try {
    // Adjacent folders are only read: errors there are not reported.
    const call = mustRead ? work : { note: () => undefined }
    return await withArchiveFolder(path, call, async (folder) => (folder === undefined ? [] : await findArchiveFiles(files, { folder, level })))
  } catch (error) {
    if (mustRead || (systemCode(error) === undefined && !(error instanceof ArchiveError))) throw error
    return []
  }
}

// Maximum number of folders to search: there are few beside the levels of an archive.
const MOST_BESIDE = 256

/** The folder itself, and those beside it on the same file system. Mounts are skipped, because they may not respond. */
async function foldersBeside(folder: string): Promise<readonly string[]> {
  const parent = dirname(folder)
  if (parent === folder) return [folder]
  try {
    return [folder, ...(await withFolder(openFolder(`${parent}/.`), namesBeside)).map((name) => join(parent, name))]
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return [folder]
  }
}

async function namesBeside(parent: Folder): Promise<readonly string[]> {
  const names: string[] = []
  for (const entry of await entriesOf(parent)) {
    if (!entry.isDirectory() || names.length >= MOST_BESIDE) continue
    const found = await statIn(parent, entry.name)
    if (found?.dev === parent.facts.device) names.push(entry.name.toString())
  }
  return names
}
