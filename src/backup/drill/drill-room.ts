import { statfs } from 'node:fs/promises'
import { createFileIn, namesIn, statIn } from '../../files/entries.ts'
import { closeFolder, openFolder, shownIn } from '../../files/folder.ts'
import { makePrivateFolder } from '../../files/private-folder.ts'
import { removeTreeIn } from '../../files/tree/remove-tree.ts'
import { formatBytes } from '../../lib/format.ts'
import { livenessOfTag, ownTag } from '../../process/identity/process-identity.ts'

/** An empty file for the file system of a drill, in a folder that only this user can access. */
export interface DrillRoom {
  readonly image: string
  /** Of the rooms that were open before it. */
  readonly otherBytes: number
  remove(): Promise<void>
}

/** The rooms of one drill, which share the free space. */
export interface DrillRooms {
  /** Waits while other rooms need the space. Resolves with the reason if there is not enough of it for this one alone. Rejects on an abort. */
  open(bytes: number, signal: AbortSignal): Promise<DrillRoom | { readonly lacks: string }>
}

const PREFIX = 'holdfast-drill-'
const NAME = /^holdfast-drill-(?<tag>\d+-\d+-\d+)-\w{6}$/u
// Of the free space: other programs need some, too.
const SHARE = 0.8
// The file is removed as soon as it is mounted: after a kill, at most an empty file and a folder remain.
const LEFT_MS = 3600_000

export function openRooms(base: string): DrillRooms {
  const taken = new Map<Promise<void>, number>()
  return {
    async open(bytes, signal) {
      for (;;) {
        const { bavail, bsize } = await statfs(base)
        signal.throwIfAborted()
        const free = bavail * bsize
        const otherBytes = [...taken.values()].reduce((sum, it) => sum + it, 0)
        // What the others have written already counts twice: at worst, this one waits.
        if (free * SHARE >= bytes + otherBytes) return await take({ bytes, otherBytes })
        if (taken.size === 0) return { lacks: `not enough space in "${base}": ${formatBytes(bytes)} required, ${formatBytes(free)} free` }
        await Promise.race(taken.keys())
      }
    },
  }

  async function take({ bytes, otherBytes }: { readonly bytes: number; readonly otherBytes: number }): Promise<DrillRoom> {
    const { promise, resolve } = Promise.withResolvers<void>()
    taken.set(promise, bytes)
    const free = () => {
      taken.delete(promise)
      resolve()
    }
    try {
      const { image, remove } = await makeRoom(base)
      return { image, otherBytes, remove: () => remove().finally(free) }
    } catch (error) {
      free()
      throw error
    }
  }
}

async function makeRoom(base: string): Promise<Omit<DrillRoom, 'otherBytes'>> {
  const place = makePrivateFolder(base, `${PREFIX}${ownTag()}-`)
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

/** Removes what killed drills left: the folders of dead processes, and old ones of processes of which nothing is known. Never rejects. */
export async function sweepRooms(base: string, now: Date): Promise<void> {
  try {
    const folder = await openFolder(base)
    try {
      for (const name of await namesIn(folder)) {
        if (!name.startsWith(PREFIX)) continue
        const found = await statIn(folder, name)
        if (!found?.isDirectory() || found.uid !== process.geteuid?.()) continue
        const liveness = livenessOfTag(NAME.exec(name)?.groups?.['tag'] ?? '')
        const isLeft = liveness === 'dead' || (liveness === 'unknown' && now.getTime() - found.mtimeMs > LEFT_MS)
        if (isLeft) await removeTreeIn(folder, name)
      }
    } finally {
      await closeFolder(folder)
    }
  } catch {
    // They are empty.
  }
}
