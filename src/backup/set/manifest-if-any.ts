import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import type { SetStore } from './set-store.ts'

/** The manifest of a set; undefined for one that counts without. Rejects as `SetStore.readManifest` does for everything else. */
export async function manifestIfAny(sets: Pick<SetStore, 'readManifest'>, name: string, call: OperationContext): Promise<Manifest | undefined> {
  try {
    return await sets.readManifest(name, call)
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup/legacy') return undefined
    throw error
  }
}
