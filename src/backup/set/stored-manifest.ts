import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { MANIFEST_LIMITS } from './manifest-fault.ts'
import { manifestIfAny } from './manifest-if-any.ts'
import { parseManifest } from './manifest-text.ts'
import { type OwnPaths, ownPaths } from './metadata-paths.ts'
import type { SetStore } from './set-store.ts'

/** A manifest as it lies there, to the byte. */
export interface StoredManifest {
  readonly manifest: Manifest
  readonly text: string
  readonly paths: OwnPaths
}

/** Undefined for a set without a manifest. Rejects as `SetStore.readManifest` does for one that cannot be understood. */
export async function readManifestText(sets: SetStore, name: string, call: OperationContext): Promise<StoredManifest | undefined> {
  const known = await manifestIfAny(sets, name, call)
  if (known === undefined) return undefined
  const paths = ownPaths(known.objects)
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
