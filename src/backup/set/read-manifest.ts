import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { MANIFEST_LIMITS } from './manifest-fault.ts'
import { parseManifest } from './manifest-text.ts'
import { type MetadataPaths, metadataPaths } from './metadata-paths.ts'
import type { SetStore } from './set-store.ts'

/** The manifest of a set; undefined for a set that is complete without one. Any other error of `SetStore.readManifest` is passed on. */
export async function readManifestIfAny(sets: Pick<SetStore, 'readManifest'>, name: string, call: OperationContext): Promise<Manifest | undefined> {
  try {
    return await sets.readManifest(name, call)
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup/legacy') return undefined
    throw error
  }
}

/** A manifest with its text exactly as stored. */
export interface StoredManifest {
  readonly manifest: Manifest
  readonly text: string
  readonly paths: MetadataPaths
}

/** The same with its text, for copies. Undefined for a set without a manifest. */
export async function readStoredManifest(sets: SetStore, name: string, call: OperationContext): Promise<StoredManifest | undefined> {
  const known = await readManifestIfAny(sets, name, call)
  if (known === undefined) return undefined
  const paths = metadataPaths(known.objects)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of await sets.openObject(name, paths['manifest.json'], call)) {
    chunks.push(Buffer.from(chunk as Uint8Array))
    bytes += (chunk as Uint8Array).length
    if (bytes > MANIFEST_LIMITS.bytes) break
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const reading = parseManifest(text)
  if (reading.kind === 'ours') return { manifest: reading.manifest, text, paths }
  throw new BackupError('damaged', `the manifest of the set "${name}" in "${sets.label}" changed while it was being read`)
}
