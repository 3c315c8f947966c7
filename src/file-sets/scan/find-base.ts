import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Entry, statIn } from '../../files/entries.ts'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { counted } from '../../lib/format.ts'
import type { ArchiveFiles } from '../../plan/dated-files.ts'
import { openArchiveFolder, withEntryBelow } from '../archive-folder.ts'
import { namesBelow } from '../find/find-files.ts'
import { readLines } from '../line-reader.ts'
import { nameFinder } from '../names/file-names.ts'
import { type EntrySet, entrySet } from './entry-set.ts'
import { parseLine } from './list-line.ts'

/** A complete level 0 as the base of a level 1. */
export interface Base extends BaseList {
  readonly list: string
}

export interface BaseSearch {
  /** The folder to which relative paths refer. */
  readonly workingFolder: string
  /** The archive named in the list must exist. */
  readonly archiveMustExist: boolean
  readonly signal: AbortSignal
  /** As in `FolderCall`. */
  readonly trustsFolders?: boolean
  note(text: string): void
}

/** The newest complete level 0, by the dates in the names of the lists. Incomplete ones are reported and skipped. */
export async function findBase(files: ArchiveFiles, search: BaseSearch): Promise<Base | undefined> {
  const folder = await openArchiveFolder(resolve(search.workingFolder, files.folders[0]), search)
  if (folder === undefined) return undefined
  try {
    return await newestIn(folder, files, search)
  } finally {
    await closeFolder(folder)
  }
}

async function newestIn(folder: Folder, files: ArchiveFiles, search: BaseSearch): Promise<Base | undefined> {
  for (const name of await listNames(files, folder)) {
    const list = join(folder.path, name)
    if ((await withEntryBelow(folder, name, statIn))?.isFile() !== true) {
      search.note(`the list "${list}" cannot be used as a base: it is not a regular file`)
      continue
    }
    const base = await withEntryBelow(folder, name, (at, last) => readBase({ folder: at, name: last }, search.signal))
    const refusal = base === undefined ? 'it is empty' : await whyNoBase(base, search)
    if (base === undefined || refusal !== undefined) {
      search.note(`the list "${list}" cannot be used as a base: ${refusal ?? ''}`)
      continue
    }
    if (base.damagedLines > 0)
      search.note(`the list "${list}" has ${counted(base.damagedLines, 'damaged line')}: the files in them are treated as new`)
    return { ...base, list }
  }
  return undefined
}

/** The names of the lists of level 0, newest first. */
async function listNames(files: ArchiveFiles, folder: Folder): Promise<readonly string[]> {
  const find = nameFinder(files.scheme.archive, { basename: files.basename, level: 0, ext: files.listExtension })
  const hasDates = files.scheme.archive.some((it) => it.kind === 'date')
  const found = (await namesBelow(folder, files.scheme.archive, false)).flatMap((name) => {
    const date = find(name)?.date
    return date === undefined && (hasDates || find(name) === undefined) ? [] : [{ name, ms: date?.getTime() ?? 0 }]
  })
  return found.toSorted((a, b) => b.ms - a.ms || (a.name < b.name ? 1 : -1)).map(({ name }) => name)
}

async function whyNoBase(base: BaseList, { archiveMustExist, workingFolder }: BaseSearch): Promise<string | undefined> {
  if (!base.isWhole) return 'it is truncated in the middle of a line, so its archive is also incomplete'
  if (base.entries.size === 0) return 'it lists no files, so its archive is incomplete or empty'
  const found = await stat(resolve(workingFolder, base.archive)).catch(() => undefined)
  if (found === undefined) return archiveMustExist ? `its archive "${base.archive}" is missing` : undefined
  return found.size === 0 ? `its archive "${base.archive}" is empty` : undefined
}

/** The contents of a list of level 0. */
interface BaseList {
  /** The path of the archive in the list. */
  readonly archive: string
  readonly entries: EntrySet
  readonly damagedLines: number
  /** The last line is complete, so the list was written to its end. */
  readonly isWhole: boolean
}

const NEWLINE = 0x0a

/** Reads a list file into memory, with about twenty bytes per entry. Undefined: it is empty. */
async function readBase(list: Entry, signal: AbortSignal): Promise<BaseList | undefined> {
  const entries = entrySet()
  let archive: string | undefined
  let damagedLines = 0
  const isWhole = await readLines(list, NEWLINE, {
    signal,
    onLine({ bytes, start, end }) {
      if (archive === undefined) {
        archive = bytes.toString('utf8', start, end)
        return
      }
      const entry = parseLine(bytes, start, end)
      if (entry === undefined) damagedLines++
      else entries.add(entry)
    },
  })
  return archive === undefined ? undefined : { archive, entries, damagedLines, isWhole }
}
