import type { Stats } from 'node:fs'
import { statIn } from '../../files/entries.ts'
import { type EntryFacts, type Folder, shownIn } from '../../files/folder.ts'
import { walkTree } from '../../files/tree/walk-tree.ts'
import { distrustOf, ownTruster } from '../../files/trust/trust.ts'
import { systemCode } from '../../lib/errors.ts'
import { firstTexts } from '../../lib/format.ts'
import { quoted } from '../../storage/system-errors.ts'

/**
 * A member that gives its users more permissions than they have: a set-ID file, one with extended attributes that only privileged processes can set
 * (capabilities, `trusted.*`), or a device node.
 */
export type SpecialFile =
  | { readonly path: string; readonly what: 'set-user-ID' | 'set-group-ID'; readonly uid: number }
  | { readonly path: string; readonly what: 'privileged attributes' | 'device' }

/** Members of an unpacked archive that are not ordinary files. */
export interface Unpacked {
  /** The first file with a hard link outside of the folder. tar refuses to create such links; this is a second check. */
  readonly linkedOutside?: string
  readonly special: readonly SpecialFile[]
}

/** Whether `checkSpecial` permits everything: no other user can use the files placed there. */
export function isUnreachable({ uid, gid, mode }: Pick<EntryFacts, 'uid' | 'gid' | 'mode'>): boolean {
  return distrustOf({ uid, gid, mode }, ownTruster()) === undefined && (mode & 0o011) === 0
}

export async function inspectUnpacked(unpacked: Folder): Promise<Unpacked> {
  const links = countLinks()
  const special: SpecialFile[] = []
  try {
    for await (const { kind, folder, name, path } of walkTree(unpacked)) {
      const stat = kind === 'folder' ? undefined : await statIn(folder, name)
      if (stat === undefined) continue
      const found = specialOf(stat, path.toString())
      if (found !== undefined) special.push(found)
      links.add(stat, shownIn(unpacked, path))
    }
  } catch (error) {
    // A folder that its own mode makes inaccessible to an ordinary user.
    if (systemCode(error) !== 'EACCES') throw error
    return { special }
  }
  const linkedOutside = links.incomplete()
  return { special, ...(linkedOutside !== undefined && { linkedOutside }) }
}

/** Counts the names of each file. `incomplete`: the first file with more names than were added. */
function countLinks() {
  const seen = new Map<string, { left: number; readonly path: string }>()
  return {
    add({ dev, ino, nlink }: Stats, path: string) {
      if (nlink === 1) return
      const key = `${dev}:${ino}`
      const links = seen.get(key) ?? { left: nlink, path }
      links.left -= 1
      if (links.left === 0) seen.delete(key)
      else seen.set(key, links)
    },
    incomplete: () => seen.values().next().value?.path,
  }
}

function specialOf(stat: Stats, path: string): SpecialFile | undefined {
  const { uid, mode } = stat
  if (stat.isBlockDevice() || stat.isCharacterDevice()) return { path, what: 'device' }
  if (!stat.isFile() || (mode & 0o111) === 0) return undefined
  if ((mode & 0o4000) !== 0) return { path, what: 'set-user-ID', uid }
  return (mode & 0o2000) !== 0 ? { path, what: 'set-group-ID', uid } : undefined
}

/**
 * Whether special files of an archive may be placed in a destination, in words that follow the name of the archive: not where other users could use
 * them, because the archive may have been changed on its storage; with a warning where other users can reach them.
 */
export function checkSpecial(
  special: readonly SpecialFile[],
  { uid, gid, mode }: EntryFacts,
): { readonly refusal?: string; readonly warning?: string } {
  const distrust = distrustOf({ uid, gid, mode }, ownTruster())
  // The owner of the destination gains nothing by programs that run as that user.
  const others = special.filter((it) => !(distrust === 'owner' && it.what === 'set-user-ID' && it.uid === uid))
  const [first] = others
  if (first === undefined) return {}
  const shown = firstTexts(others.map(described))
  if (distrust !== undefined)
    return { refusal: `it contains ${shown}, and the destination belongs to another user, or is writable by others; choose one that is not` }
  return isUnreachable({ uid, gid, mode })
    ? {}
    : { warning: `contains ${shown}, which other users may be able to use: restrict the access to the destination` }
}

function described(special: SpecialFile): string {
  const words = { device: 'a device', 'privileged attributes': 'a file with privileged attributes' }
  return `${quoted(special.path)} (${'uid' in special ? `${special.what}, of user ${special.uid}` : words[special.what]})`
}
