import { randomUUID } from 'node:crypto'
import { chmod, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../lib/errors.ts'
import { flushFolder } from './flush.ts'
import type { Call } from './storage.ts'
import { naming, quoted, refuseAborted } from './system-errors.ts'
import type { Place } from './work-area.ts'
import { makeEntry } from './work-entry.ts'

/**
 * Removes a set's folder: out of the root by one rename, that flushed, and only then its files go, so that no crash leaves half a set in the root.
 * Called under the root's lock. What cannot be deleted (a mount inside, an immutable file) stays in the work area, where the next sweep tries again.
 */
export async function expireFolder(place: Place, name: string, call: Call): Promise<void> {
  const from = join(place.root, name)
  refuseAborted(call.signal, `expiring ${quoted(from)}`)
  const id = `expire-${randomUUID()}`
  const entry = await makeEntry(place, { name: id, runId: id, task: '' })
  try {
    await naming('expire', from, () => renameOwned(from, entry.set))
  } catch (error) {
    await entry.remove().catch(() => undefined)
    throw error
  }
  call.reach?.('expire-renamed')
  // If this fails the set is out of the root but perhaps not for good: whole in either place, so it stays whole.
  await flushFolder(place.root, place.note).catch(async (error: unknown) => {
    await entry.lock.close()
    throw error
  })
  call.reach?.('expire-flushed')
  await entry.remove()
  call.reach?.('expire-deleted')
}

/** Renaming a folder changes its `..`, so that an ordinary user needs write permission on it, which the set's mode may not give. */
async function renameOwned(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    await chmod(from, 0o700)
    await rename(from, to)
  }
}
