import { isUtf8 } from 'node:buffer'
import { join, resolve } from 'node:path'
import { entriesOf } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import { walkTree } from '../../files/tree/walk-tree.ts'
import type { ArchiveFiles, ArchiveLevel, DumpFiles, NameFormat } from '../../plan/dated-files.ts'
import { type NameFields, nameFinder } from '../names/file-names.ts'
import { isCompleteArchive, isCompleteDump } from './complete-files.ts'
import type { DatedFile } from './expiry.ts'
import { wallMs } from './future-dates.ts'

/** Extensions of archives that a step may have made with another compression. */
const EXTENSIONS = ['tar.gz', 'tar.bz2', 'tar.xz', 'xz', 'zip', 'bz2']

export interface LevelFolder {
  readonly folder: Folder
  readonly level: ArchiveLevel
}

/** The folder of a file set's files, or of copies of them. */
export function archiveFolders(files: ArchiveFiles, workingFolder: string, copies?: string): { readonly [L in ArchiveLevel]?: string } {
  const [level0, level1] = files.folders
  if (copies !== undefined) return { 0: resolve(workingFolder, copies), 1: resolve(workingFolder, copies) }
  return { 0: resolve(workingFolder, level0), ...(level1 !== undefined && { 1: resolve(workingFolder, level1) }) }
}

/** The archives, lists and digests of one level in an open folder. Names without a valid date, and all other files, are ignored. */
export async function findArchiveFiles(files: ArchiveFiles, { folder, level }: LevelFolder): Promise<readonly DatedFile[]> {
  const fields: NameFields = { basename: files.basename, level }
  const archive = nameFinder(files.scheme.archive, fields)
  const digest = nameFinder(files.scheme.archiveDigest, { ...fields, ext: files.extension })
  const found = (await namesBelow(folder, files.scheme.archive, false)).flatMap((name) => {
    const byArchive = archive(name)
    const role = byArchive === undefined ? undefined : roleOf(byArchive.ext ?? files.extension, files)
    if (byArchive?.date !== undefined && role !== undefined) return [{ name, role, date: byArchive.date }]
    const byDigest = digest(name)
    return byDigest?.date === undefined ? [] : [{ name, role: 'digest', date: byDigest.date }]
  })
  const checked = await checkByDate(found, async (same) => {
    const made = same.find((it) => it.role.startsWith('archive'))
    const list = same.find((it) => it.role === 'list')
    return made !== undefined && (await isCompleteArchive(folder, { archive: made.name, list: list?.name, level }))
  })
  return checked.map(({ name, role, date, isGood }) => ({ path: join(folder.path, name), name, group: role, unit: '', wallMs: wallMs(date), isGood }))
}

/** The date in the name of an archive, its list or digest, as in `DatedFile`. Undefined: another name. */
export function archiveDate({ scheme, basename }: ArchiveFiles, level: ArchiveLevel, name: string): number | undefined {
  const date = nameFinder(scheme.archive, { basename, level })(name)?.date
  return date && wallMs(date)
}

/** The kind of a file by its extension; undefined: not made by an archive step. */
function roleOf(ext: string, { extension, listExtension }: ArchiveFiles): string | undefined {
  if (ext === listExtension) return 'list'
  return ext === extension || EXTENSIONS.includes(ext) ? `archive ${ext}` : undefined
}

/** The dumps and digests of one database in an open folder, including folders if the dumps are folders. */
export async function findDumpFiles(files: DumpFiles, database: string, folder: Folder): Promise<readonly DatedFile[]> {
  const fields: NameFields = { basename: files.basename, dbname: database }
  const dump = nameFinder(files.scheme.dump, fields)
  const digest = nameFinder(files.scheme.dumpDigest, fields)
  const found = (await namesBelow(folder, files.scheme.dump, files.areFolders)).flatMap((name) => {
    const byDump = dump(name)
    if (byDump?.date !== undefined) return [{ name, role: 'dump', date: byDump.date }]
    const byDigest = digest(name)
    return byDigest?.date === undefined ? [] : [{ name, role: 'digest', date: byDigest.date }]
  })
  const checked = await checkByDate(found, async (same) => {
    const made = same.find((it) => it.role === 'dump')
    const sum = same.find((it) => it.role === 'digest')
    return made !== undefined && (await isCompleteDump(folder, made.name, sum?.name))
  })
  return checked.map(({ name, role, date, isGood }) => ({
    ...{ path: join(folder.path, name), name, group: `${role} ${database}`, unit: database },
    ...{ wallMs: wallMs(date), isGood },
  }))
}

interface FoundFile {
  readonly name: string
  readonly role: string
  readonly date: Date
}

/** Checks the files of each date together, once. */
async function checkByDate(found: readonly FoundFile[], check: (same: readonly FoundFile[]) => Promise<boolean>) {
  const checked: (FoundFile & { readonly isGood: boolean })[] = []
  for (const same of Map.groupBy(found, (it) => it.date.getTime()).values()) {
    const isGood = await check(same)
    checked.push(...same.map((it) => ({ ...it, isGood })))
  }
  return checked
}

/** The names in an open folder, and in its subfolders if the format contains slashes. Folders are included only on request. */
export async function namesBelow(folder: Folder, format: NameFormat, withFolders: boolean): Promise<readonly string[]> {
  const isDeep = format.some((it) => (it.kind === 'text' && it.text.includes('/')) || (it.kind === 'date' && it.format.includes('/')))
  const found: { readonly path: Buffer; readonly isFolder: boolean }[] = []
  if (isDeep) for await (const { path, kind } of walkTree(folder)) found.push({ path, isFolder: kind === 'folder' })
  else for (const entry of await entriesOf(folder)) found.push({ path: entry.name, isFolder: entry.isDirectory() })
  return found.filter(({ isFolder }) => withFolders || !isFolder).flatMap(({ path }) => (isUtf8(path) ? [path.toString()] : []))
}
