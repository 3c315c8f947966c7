import { BackupError } from './errors.ts'
import type { ObjectRecord } from './manifest.ts'

/** The reserved folder of a set. No object may be stored in it. */
export const METADATA_FOLDER = '.holdfast'

const NAMES = ['RESTORE.md', 'restore.sh', 'SHA256SUMS', 'manifest.json'] as const

/** The path of each metadata file in a set. */
export type MetadataPaths = Readonly<Record<(typeof NAMES)[number], string>>

/** Whether the path may be that of a metadata file, or of a marker. */
export function isMetadataPath(path: string): boolean {
  return path.startsWith(`${METADATA_FOLDER}/`) || NAMES.some((name) => name === path)
}

/** At the top of the set; in the reserved folder if the name is that of an object, or of a folder with objects. */
export function metadataPaths(objects: readonly Pick<ObjectRecord, 'path'>[]): MetadataPaths {
  const taken = new Set(objects.map(({ path }) => path.split('/')[0] ?? ''))
  const pathOf = (name: (typeof NAMES)[number]) => (taken.has(name) ? `${METADATA_FOLDER}/${name}` : name)
  return {
    'RESTORE.md': pathOf('RESTORE.md'),
    'restore.sh': pathOf('restore.sh'),
    SHA256SUMS: pathOf('SHA256SUMS'),
    'manifest.json': pathOf('manifest.json'),
  }
}

/** Throws `backup/reserved-path` for an object in the reserved folder. */
export function refuseReservedPath(path: string): void {
  if (path !== METADATA_FOLDER && !path.startsWith(`${METADATA_FOLDER}/`)) return
  throw new BackupError('reserved-path', `reserved object path "${path}"`, {
    hint: `Rename the object: the folder "${METADATA_FOLDER}" of a set is reserved.`,
  })
}
