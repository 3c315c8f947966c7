import { resolve } from 'node:path'
import { pathExists } from '../../files/open-by-path.ts'
import type { DumpStep } from '../../plan/dated-files.ts'
import { ArchiveError } from '../errors.ts'
import { hasSeconds, type NameFields, renderName } from '../names/file-names.ts'

/** The paths of a dump and its digest. Absolute. */
export interface DumpPaths {
  readonly dump: string
  readonly digest: string
  /** The name exists and will be replaced, because the next run uses the same name again. */
  readonly replaces: boolean
}

// Number of existing names to skip.
const SECONDS = 3600

/** The name of the dump of this run. An existing name is replaced by that of the next second; a name without seconds is overwritten. */
export async function dumpPaths({ files, workingFolder = '.' }: DumpStep, database: string, began: Date): Promise<DumpPaths> {
  if (/[/\0]/u.test(database) || database === '') {
    throw new ArchiveError('dump-failed', `the name of the database "${database}" cannot be used as a file name`, {
      hint: 'Exclude it, and dump it with a separate command.',
    })
  }
  const { scheme, basename, folder } = files
  const fields: NameFields = { basename, dbname: database }
  const pathAt = (format: typeof scheme.dump, at: Date) => resolve(workingFolder, folder, renderName(format, fields, at))
  for (let later = 0; later <= SECONDS; later++) {
    const at = new Date(began.getTime() + later * 1000)
    const place = { dump: pathAt(scheme.dump, at), digest: pathAt(scheme.dumpDigest, at) }
    if (files.digests && place.dump === place.digest)
      throw new ArchiveError('dump-failed', `dump and digest have the same file name "${place.dump}"`, {
        hint: 'Use different formats for their names.',
      })
    if (!(await pathExists(place.dump))) return { ...place, replaces: false }
    if (!hasSeconds(scheme.dump)) return { ...place, replaces: true }
  }
  throw new ArchiveError('exists', `the dump "${pathAt(scheme.dump, began)}" already exists, and so do those of the following seconds`, {
    hint: 'Find out which program makes so many dumps.',
  })
}
