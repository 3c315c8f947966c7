import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { systemCode } from '../lib/errors.ts'
import type { ArchiveFiles, ArchiveLevel, DumpFiles, NameFormat } from '../plan/dated-files.ts'
import type { DatedFile } from './expiry.ts'
import { isGoodArchive, isGoodDump } from './good-files.ts'
import { isThere } from './is-there.ts'
import { type NameFields, nameFinder } from './names.ts'
import { wallMs } from './wall-clock.ts'

/** Extensions of archives that a step may have made with another compression. */
const EXTENSIONS = ['tar.gz', 'tar.bz2', 'tar.xz', 'xz', 'zip', 'bz2']

export interface FilesPlace {
  readonly folder: string
  readonly level: ArchiveLevel
}

/** Where a set's files lie: in its own folder, or where copies of it do. */
export function archivePlaces(files: ArchiveFiles, workingFolder: string, copies?: string): { readonly [L in ArchiveLevel]?: string } {
  const [level0, level1] = files.folders
  if (copies !== undefined) return { 0: resolve(workingFolder, copies), 1: resolve(workingFolder, copies) }
  return { 0: resolve(workingFolder, level0), ...(level1 !== undefined && { 1: resolve(workingFolder, level1) }) }
}

/**
 * The archives, lists and digests of one level in a folder. Names that show no date of the calendar are left out, and so is whatever else lies there. Of a
 * missing folder there are none; one that cannot be read rejects.
 */
export async function findArchiveFiles(files: ArchiveFiles, { folder, level }: FilesPlace): Promise<readonly DatedFile[]> {
  const fields: NameFields = { basename: files.basename, level }
  const archive = nameFinder(files.scheme.archive, fields)
  const digest = nameFinder(files.scheme.archiveDigest, { ...fields, ext: files.extension })
  const found = (await entriesOf(folder, files.scheme.archive, false)).flatMap((name) => {
    const byArchive = archive(name)
    const role = byArchive === undefined ? undefined : roleOf(byArchive.ext ?? files.extension, files)
    if (byArchive?.date !== undefined && role !== undefined) return [{ name, role, date: byArchive.date }]
    const byDigest = digest(name)
    return byDigest?.date === undefined ? [] : [{ name, role: 'digest', date: byDigest.date }]
  })
  const byDate = Map.groupBy(found, (it) => it.date.getTime())
  return await Promise.all(
    found.map(async ({ name, role, date }) => {
      const same = byDate.get(date.getTime()) ?? []
      const made = same.find((it) => it.role.startsWith('archive'))
      const list = same.find((it) => it.role === 'list')
      const isGood = made !== undefined && (await isGoodArchive(join(folder, made.name), list && join(folder, list.name), level))
      return { path: join(folder, name), group: role, unit: '', wallMs: wallMs(date), isGood }
    }),
  )
}

/** What a file with this extension is; undefined: nothing that an archive step makes. */
function roleOf(ext: string, { extension, listExtension }: ArchiveFiles): string | undefined {
  if (ext === listExtension) return 'list'
  return ext === extension || EXTENSIONS.includes(ext) ? `archive ${ext}` : undefined
}

/** The dumps and digests of one database in a folder, folders among them where the dumps are such. Of a missing folder there are none; one that cannot be read rejects. */
export async function findDumpFiles(files: DumpFiles, database: string, folder: string): Promise<readonly DatedFile[]> {
  const fields: NameFields = { basename: files.basename, dbname: database }
  const dump = nameFinder(files.scheme.dump, fields)
  const digest = nameFinder(files.scheme.dumpDigest, fields)
  const found = (await entriesOf(folder, files.scheme.dump, files.areFolders)).flatMap((name) => {
    const byDump = dump(name)
    if (byDump?.date !== undefined) return [{ name, role: 'dump', date: byDump.date }]
    const byDigest = digest(name)
    return byDigest?.date === undefined ? [] : [{ name, role: 'digest', date: byDigest.date }]
  })
  const byDate = Map.groupBy(found, (it) => it.date.getTime())
  return await Promise.all(
    found.map(async ({ name, role, date }) => {
      const same = byDate.get(date.getTime()) ?? []
      const made = same.find((it) => it.role === 'dump')
      const sum = same.find((it) => it.role === 'digest')
      const isGood = made !== undefined && (await isGoodDump(join(folder, made.name), sum && join(folder, sum.name)))
      return { path: join(folder, name), group: `${role} ${database}`, unit: database, wallMs: wallMs(date), isGood }
    }),
  )
}

/** Names in a folder, and of the folders in it where the format has slashes. Folders among them only where they are asked for. Rejects unless all could be looked at. */
export async function entriesOf(folder: string, format: NameFormat, withFolders: boolean): Promise<readonly string[]> {
  const isDeep = format.some((it) => (it.kind === 'text' && it.text.includes('/')) || (it.kind === 'date' && it.format.includes('/')))
  const entries = await readAll(folder, isDeep)
  return entries
    .filter((it) => withFolders || !it.isDirectory())
    .map((it) => (it.parentPath === folder ? it.name : join(it.parentPath, it.name).slice(folder.length + 1)))
}

// So often a listing begins again that another run disturbs by taking away a folder of its own.
const TRIES = 5

async function readAll(folder: string, recursive: boolean): Promise<readonly Dirent[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await readdir(folder, { withFileTypes: true, recursive })
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      if (!(await isThere(folder))) return []
      if (tries >= TRIES) throw error
    }
  }
}
