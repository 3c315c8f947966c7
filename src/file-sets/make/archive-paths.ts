import { stat } from 'node:fs/promises'
import { dirname, join, basename as lastName, normalize, relative, resolve } from 'node:path'
import { realPathOf } from '../../files/trust/real-path.ts'
import type { ArchiveLevel, ArchiveStep } from '../../plan/dated-files.ts'
import { ArchiveError } from '../errors.ts'
import { hasSeconds, type NameFields, renderName } from '../names/file-names.ts'

/** The paths of an archive, its list and its digest. */
export interface ArchivePaths {
  /** Absolute. */
  readonly archive: string
  readonly list: string
  readonly digest: string
  /** The folder of all three; the name of the digest may contain another folder. */
  readonly folder: string
  /** The archive's path as configured, for the list. */
  readonly archiveAsConfigured: string
  /** The name exists and will be replaced. */
  readonly replaces: boolean
}

// Number of names of earlier runs in the same second to skip.
const SECONDS = 3600

/**
 * The name of the archive of this run. A name used by an earlier run with the same second (in the hour that occurs twice in autumn) is replaced by
 * that of the next second; any other existing file is replaced or rejected, as configured for the step.
 */
export async function archivePaths(step: ArchiveStep, level: ArchiveLevel, began: Date): Promise<ArchivePaths> {
  for (let later = 0; ; later++) {
    const place = placeAt(step, level, new Date(began.getTime() + later * 1000))
    const there = await stat(place.archive).catch(() => undefined)
    if (there === undefined) return place
    if (step.overwrite) return { ...place, replaces: true }
    const isEarlierRun = there.mtimeMs < began.getTime()
    if (!isEarlierRun || !hasSeconds(step.files.scheme.archive) || later >= SECONDS) {
      throw new ArchiveError('exists', `the file "${place.archive}" already exists`, {
        hint: 'Add a date to the name that differs for each run, or allow the file to be replaced.',
      })
    }
  }
}

function placeAt(step: ArchiveStep, level: ArchiveLevel, at: Date): ArchivePaths {
  const { files, workingFolder = '.' } = step
  const { scheme, basename, extension, listExtension } = files
  const configured = files.folders[level] ?? files.folders[0]
  const fields: NameFields = { basename, level, ext: extension }
  const nameOf = (format: typeof scheme.archive, ext: string) => join(configured, renderName(format, { ...fields, ext }, at))
  const archiveAsConfigured = nameOf(scheme.archive, extension)
  const archive = resolve(workingFolder, archiveAsConfigured)
  const list = resolve(workingFolder, nameOf(scheme.archive, listExtension))
  const digest = resolve(workingFolder, nameOf(scheme.archiveDigest, extension))
  const names = [archive, list, ...(files.digests ? [digest] : [])]
  const twice = names.find((it, index) => names.indexOf(it) !== index)
  if (twice !== undefined)
    throw new ArchiveError('failed', `archive, list and digest have the same file name "${twice}"`, {
      hint: 'Add {ext} to the format, and use different extensions.',
    })
  return {
    archive,
    list,
    digest,
    folder: dirname(archive),
    archiveAsConfigured: configured.startsWith('./') ? `./${archiveAsConfigured}` : archiveAsConfigured,
    replaces: false,
  }
}

/** A path with its links resolved, except for the last part; unchanged if its folder is missing. */
export async function realTarget(path: string): Promise<string> {
  return join(await realPathOf(dirname(path)), lastName(path))
}

/** Those of the paths that are below a folder, relative to it. */
export function seenFrom(folder: string, paths: readonly string[]): readonly string[] {
  return paths
    .map((path) => normalize(relative(folder, path)))
    .filter((path) => path !== '' && path !== '.' && path !== '..' && !path.startsWith('../'))
}
