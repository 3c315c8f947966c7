import type { SetStore, SetSummary } from '../../backup/set/set-store.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'

/**
 * What a listing alone shows to be wrong with a complete set: its manifest cannot be understood, an object is missing or has another size. Undefined when
 * nothing is. What the objects hold is not read: that is what `verify` is for. Sets without manifest, and those of a later version, cannot be judged so.
 * Rejects when the storage cannot be reached.
 */
export async function troubleWithSet(sets: SetStore, { name, state, isNewer }: SetSummary, call: OperationContext): Promise<string | undefined> {
  if (state !== 'complete' || isNewer === true) return undefined
  const manifest = await sets.readManifest(name, call).catch((error: unknown) => {
    if (systemCode(error) === 'backup/damaged') return messageOf(error)
    throw error
  })
  if (typeof manifest === 'string') return manifest
  const present = new Map((await sets.listFiles(name, call)).map(({ path, bytes }) => [path, bytes]))
  for (const { path, bytes } of manifest.objects) {
    const found = present.get(path)
    if (found === undefined) return `${JSON.stringify(path)} is missing`
    if (found !== bytes) return `${JSON.stringify(path)} has ${found} bytes, expected ${bytes}`
  }
  return undefined
}
