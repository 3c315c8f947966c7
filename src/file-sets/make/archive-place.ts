import { stat } from 'node:fs/promises'
import { dirname, join, basename as lastName, normalize, relative, resolve } from 'node:path'
import { realPathOf } from '../../files/trust/real-path.ts'
import type { ArchiveLevel, ArchiveStep } from '../../plan/dated-files.ts'
import { ArchiveError } from '../errors.ts'
import { type NameFields, renderName, tellsSeconds } from '../names/names.ts'

/** Where an archive, its list and its digest will lie. */
export interface ArchivePlace {
  /** Absolute. */
  readonly archive: string
  readonly list: string
  readonly digest: string
  /** Folder of all three; the digest may lie elsewhere by its name. */
  readonly folder: string
  /** The archive's path as the configuration has it, for the list. */
  readonly archiveAsConfigured: string
  /** Something of that name is there and will be replaced. */
  readonly replaces: boolean
}

// A name taken by an earlier run in the same second is passed over so many times.
const SECONDS = 3600

/**
 * Names the archive of this run. A name that an earlier run has taken by telling the same second (the hour that comes twice in autumn) makes way for the next
 * second; anything else that is there is replaced or refused, as the step says.
 */
export async function archivePlace(step: ArchiveStep, level: ArchiveLevel, began: Date): Promise<ArchivePlace> {
  for (let later = 0; ; later++) {
    const place = placeAt(step, level, new Date(began.getTime() + later * 1000))
    const there = await stat(place.archive).catch(() => undefined)
    if (there === undefined) return place
    if (step.overwrite) return { ...place, replaces: true }
    const isEarlierRun = there.mtimeMs < began.getTime()
    if (!isEarlierRun || !tellsSeconds(step.files.scheme.archive) || later >= SECONDS) {
      throw new ArchiveError('exists', `the file "${place.archive}" already exists`, {
        hint: 'Add a date to the name that differs for each run, or allow the file to be replaced.',
      })
    }
  }
}

function placeAt(step: ArchiveStep, level: ArchiveLevel, at: Date): ArchivePlace {
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

/** A path with the links in it resolved, but for one that it is itself; as it is where its folder is missing. */
export async function realPlace(path: string): Promise<string> {
  return join(await realPathOf(dirname(path)), lastName(path))
}

/** The paths as seen from a folder, those that lie below it. */
export function seenFrom(folder: string, paths: readonly string[]): readonly string[] {
  return paths
    .map((path) => normalize(relative(folder, path)))
    .filter((path) => path !== '' && path !== '.' && path !== '..' && !path.startsWith('../'))
}
