import { randomUUID } from 'node:crypto'
import { chmod, mkdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../lib/errors.ts'
import { flushFolder } from './flush.ts'
import type { Call } from './storage.ts'
import { naming, quoted, refuseAborted } from './system-errors.ts'
import { removeTree } from './tree.ts'
import { areaOf, EXPIRING, type Place } from './work-area.ts'

/**
 * Removes a set's folder: out of the root by one rename, that flushed, and only then its files go, so that no crash leaves half a set in the root.
 * Called under the root's lock, which it needs to the end: a sweep takes such a folder without asking for a lock of its own. No file is written for it,
 * as the device may be full. What cannot be deleted (a mount inside, an immutable file) stays in the work area, where the next sweep tries again.
 */
export async function expireFolder(place: Place, name: string, call: Call): Promise<void> {
  const from = join(place.root, name)
  refuseAborted(call.signal, `expiring ${quoted(from)}`)
  const way = join(areaOf(place), `${EXPIRING}${randomUUID()}`)
  await naming('make the folder', way, () => mkdir(way, { mode: 0o700 }))
  try {
    await naming('expire', from, () => renameOwned(from, join(way, 'set')))
  } catch (error) {
    await rmdir(way).catch(() => undefined)
    throw error
  }
  call.reach?.('expire-renamed')
  // If this fails the set is out of the root, but perhaps not for good: it stays whole, wherever it is.
  await flushFolder(place.root, place.note)
  call.reach?.('expire-flushed')
  await removeTree(way)
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
