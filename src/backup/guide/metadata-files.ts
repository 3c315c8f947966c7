import { createHash } from 'node:crypto'
import { checksumLine } from '../set/checksums.ts'
import { BackupError } from '../set/errors.ts'
import type { Manifest } from '../set/manifest.ts'
import { renderManifest } from '../set/manifest-text.ts'
import { OWN_FOLDER, ownPaths } from '../set/metadata-paths.ts'
import { renderRestoreGuide } from './restore-guide.ts'

export interface OwnFile {
  readonly path: string
  readonly text: string
}

/** Holdfast's files of a set, in the order of writing: the manifest last, because it is the commit. `SHA256SUMS` covers the objects and the other files. */
export function ownFiles(manifest: Manifest): readonly OwnFile[] {
  const paths = ownPaths(manifest.objects)
  const guide = { path: paths['RESTORE.md'], text: renderRestoreGuide(manifest) }
  const list = { path: paths['manifest.json'], text: renderManifest(manifest) }
  const sums = [...manifest.objects, ...[guide, list].map(({ path, text }) => ({ path, sha256: digestOf(text) }))]
  return [guide, { path: paths.SHA256SUMS, text: sums.map(({ sha256, path }) => checksumLine(sha256, path)).join('') }, list]
}

/** Throws `backup/reserved-path` for an object in the reserved folder. */
export function refuseOwnFolder(path: string): void {
  if (path !== OWN_FOLDER && !path.startsWith(`${OWN_FOLDER}/`)) return
  throw new BackupError('reserved-path', `reserved object path "${path}"`, {
    hint: `Rename the object: the folder "${OWN_FOLDER}" of a set is reserved.`,
  })
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
