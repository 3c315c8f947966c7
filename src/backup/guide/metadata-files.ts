import { checksumLine, sha256Of } from '../set/checksums.ts'
import type { Manifest } from '../set/manifest.ts'
import { renderManifest } from '../set/manifest-text.ts'
import { metadataPaths } from '../set/metadata-paths.ts'
import { renderRestoreGuide } from './restore-guide.ts'
import { renderRestoreScript } from './restore-script.ts'

export interface MetadataFile {
  readonly path: string
  readonly text: string
}

/** The metadata files of a set, in the order of writing: the manifest last, because it completes the set. `SHA256SUMS` covers the objects and the other files. */
export function metadataFiles(manifest: Manifest): readonly MetadataFile[] {
  const paths = metadataPaths(manifest.objects)
  const guide = { path: paths['RESTORE.md'], text: renderRestoreGuide(manifest) }
  const script = { path: paths['restore.sh'], text: renderRestoreScript(manifest) }
  const list = { path: paths['manifest.json'], text: renderManifest(manifest) }
  const sums = [...manifest.objects, ...[guide, script, list].map(({ path, text }) => ({ path, sha256: sha256Of(text) }))]
  return [guide, script, { path: paths.SHA256SUMS, text: sums.map(({ sha256, path }) => checksumLine(sha256, path)).join('') }, list]
}
