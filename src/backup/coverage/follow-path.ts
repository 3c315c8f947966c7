import { lstat, readlink } from 'node:fs/promises'
import { dirname, join } from 'node:path/posix'
import { systemCode } from '../../lib/errors.ts'
import { type MountEntry, mountsOf } from '../../storage/root/mountinfo.ts'

// As many as the kernel follows.
const LINKS = 40

export type MayEnter = (mount: MountEntry) => Promise<boolean>

export interface FollowedPath {
  /** With the links resolved up to where it could be followed. */
  readonly path: string
  /** The mount that was not entered. */
  readonly withheld?: MountEntry
}

/**
 * Resolves the links of an absolute path without using a mount that `mayEnter` does not permit: a call on a dead one blocks forever. Missing and
 * unreadable parts stay as they are.
 */
export async function followPath(path: string, mountinfo: string, mayEnter: MayEnter): Promise<FollowedPath> {
  const mounts = new Map(mountsOf(mountinfo).map((mount) => [mount.mountPoint, mount]))
  let at = '/'
  let rest = partsOf(path)
  for (let links = 0; ; ) {
    const [name, ...after] = rest
    if (name === undefined) return { path: at }
    rest = after
    if (name === '..') {
      at = dirname(at)
      continue
    }
    const next = join(at, name)
    const mount = mounts.get(next)
    if (mount !== undefined && !(await mayEnter(mount))) return { path: join(next, ...rest), withheld: mount }
    const target = await targetAt(next)
    if (target === 'unknown' || links === LINKS) return { path: join(next, ...rest) }
    if (target === undefined) {
      at = next
      continue
    }
    links += 1
    if (target.startsWith('/')) at = '/'
    rest = [...partsOf(target), ...rest]
  }
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

/** The target of a link; undefined for anything else. */
async function targetAt(path: string): Promise<string | 'unknown' | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return 'unknown'
  }
}
