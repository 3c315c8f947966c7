import { statfs } from 'node:fs/promises'
import { createFileIn, namesIn, statIn } from '../../files/entries.ts'
import { closeFolder, openFolder, shownIn } from '../../files/folder.ts'
import { makePrivateFolder } from '../../files/private-folder.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { formatBytes } from '../../lib/format.ts'

/** An empty file for the file system of a drill, in a folder that only this user can access. */
export interface DrillRoom {
  readonly image: string
  remove(): Promise<void>
}

const PREFIX = 'holdfast-drill-'
// Of the free space: other programs need some, too.
const SHARE = 0.8
// The file is removed as soon as it is mounted: after a kill, at most an empty file and a folder remain.
const LEFT_MS = 3600_000

/** Or the reason why there is no room for so many bytes in `base`. */
export async function openRoom(base: string, bytes: number): Promise<DrillRoom | { readonly lacks: string }> {
  const { bavail, bsize } = await statfs(base)
  const free = bavail * bsize
  if (free * SHARE < bytes) return { lacks: `"${base}" has no room for it: ${formatBytes(bytes)} needed, ${formatBytes(free)} free` }
  const place = makePrivateFolder(base, PREFIX)
  const remove = async () => {
    await place.remove()
  }
  try {
    const file = await createFileIn(place.folder, 'image')
    await file.close()
    return { image: shownIn(place.folder, 'image'), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Removes what killed drills left. Never rejects. */
export async function sweepRooms(base: string, now: Date): Promise<void> {
  try {
    const folder = await openFolder(base)
    try {
      for (const name of await namesIn(folder)) {
        if (!name.startsWith(PREFIX)) continue
        const found = await statIn(folder, name)
        const isOld = found?.isDirectory() && found.uid === process.geteuid?.() && now.getTime() - found.mtimeMs > LEFT_MS
        if (isOld) await removeTreeIn(folder, name)
      }
    } finally {
      await closeFolder(folder)
    }
  } catch {
    // They are empty.
  }
}
