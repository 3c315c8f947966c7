import { close, constants, fstat, open, readlink, type Stats } from 'node:fs'
import { type FileHandle, open as openHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Folder, folderAt, O_PATH, type PlaceFacts } from './folder.ts'
import { type Distrust, distrustOf, type Truster } from './trust.ts'

/** Something on the way to a file that somebody else could have changed. */
export interface PathProblem {
  readonly path: string
  readonly kind: 'link' | 'other'
  readonly distrust: Distrust
  readonly facts: Pick<PlaceFacts, 'uid' | 'gid' | 'mode'>
}

/** What a walk along a path came to. The descriptor (`O_PATH`) is the caller's to close; it is open on what was judged, whatever the path means later. */
export interface WalkedPath {
  readonly fd: number
  /** Without links. */
  readonly realPath: string
  readonly kind: 'file' | 'folder' | 'other'
  /** From the root down; empty when only root and we could have changed anything on the way. */
  readonly problems: readonly PathProblem[]
}

const LINKS = 40

const openFd = promisify(open)
const closeFd = promisify(close)
const statFd = promisify(fstat)
const readLink = promisify(readlink)

/**
 * Walks an absolute path from `/` by descriptors and judges every folder, every link and the end of it as `distrustOf` does (a sticky folder passes for what
 * is in it; the end itself passes only where it is no sticky folder writable by all). Links are followed. Rejects as the system does (`ENOENT`, `ELOOP`).
 */
export async function walkPath(path: string, who: Truster): Promise<WalkedPath> {
  const problems = new Map<string, PathProblem>()
  const judge = (shown: string, { uid, gid, mode }: Stats, isSticky: 'trusted' | 'ignored' | 'link') => {
    const facts = { uid, gid, mode: mode & 0o7777 }
    const distrust = distrustOf(facts, who, isSticky === 'link' ? 'ignored' : isSticky)
    if (distrust !== undefined) problems.set(shown, { path: shown, kind: isSticky === 'link' ? 'link' : 'other', distrust, facts })
  }
  let names = partsOf(path)
  let at: Place = await root()
  const above: Place[] = []
  try {
    for (let links = 0; names.length > 0; ) {
      const [name = '', ...rest] = names
      names = rest
      if (name === '..') {
        at = await upFrom(at, above)
        continue
      }
      if (at.stat.isDirectory()) judge(at.path, at.stat, 'trusted')
      const next = await openAt(at, name)
      if (!next.stat.isSymbolicLink()) {
        above.push(at)
        at = next
        continue
      }
      // The mode of a link means nothing; its owner does.
      judge(next.path, Object.assign(next.stat, { mode: 0o700 }), 'link')
      await closeFd(next.fd)
      links += 1
      if (links > LINKS) throw Object.assign(new Error(`ELOOP: too many links on the way to '${path}'`), { code: 'ELOOP' })
      const target = await readLink(`/proc/self/fd/${at.fd}/${name}`)
      names = [...partsOf(target), ...names]
      if (target.startsWith('/')) at = await toRoot(at, above)
    }
    judge(at.path, at.stat, 'ignored')
    return { fd: at.fd, realPath: at.path, kind: kindOf(at.stat), problems: [...problems.values()] }
  } catch (error) {
    await closeFd(at.fd)
    throw error
  } finally {
    await Promise.all(above.map(({ fd }) => closeFd(fd)))
  }
}

/** A folder by its path, with what on the way others could have changed; links on the way are followed. */
export async function openWalkedFolder(path: string, who: Truster): Promise<{ readonly folder: Folder; readonly problems: readonly PathProblem[] }> {
  const { fd, realPath, problems } = await walkPath(path, who)
  try {
    return { folder: await folderAt(fd, realPath), problems }
  } finally {
    await closeFd(fd)
  }
}

/** Opens for reading what a walk ended at, without waiting for a partner of a FIFO. The walk's descriptor stays the caller's. */
export async function openWalked({ fd }: WalkedPath): Promise<FileHandle> {
  return openHandle(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
}

export async function closeWalked({ fd }: WalkedPath): Promise<void> {
  await closeFd(fd)
}

interface Place {
  readonly fd: number
  readonly path: string
  readonly stat: Stats
}

async function root(): Promise<Place> {
  const fd = await openFd('/', O_PATH | constants.O_DIRECTORY)
  return { fd, path: '/', stat: await statFd(fd) }
}

async function openAt(at: Place, name: string): Promise<Place> {
  const fd = await openFd(`/proc/self/fd/${at.fd}/${name}`, O_PATH | constants.O_NOFOLLOW)
  return { fd, path: `${at.path === '/' ? '' : at.path}/${name}`, stat: await statFd(fd) }
}

async function upFrom(at: Place, above: Place[]): Promise<Place> {
  const parent = above.pop()
  if (parent === undefined) return at
  await closeFd(at.fd)
  return parent
}

async function toRoot(at: Place, above: Place[]): Promise<Place> {
  await Promise.all([at, ...above.splice(0)].map(({ fd }) => closeFd(fd)))
  return root()
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

function kindOf(stat: Stats): WalkedPath['kind'] {
  if (stat.isDirectory()) return 'folder'
  return stat.isFile() ? 'file' : 'other'
}
