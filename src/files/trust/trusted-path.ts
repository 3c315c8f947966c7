import { constants, type Stats } from 'node:fs'
import { type FileHandle, open as openHandle } from 'node:fs/promises'
import { type EntryFacts, type Folder, folderAt, folderAtSync, O_PATH } from '../folder.ts'
import { notRegular } from '../read-small.ts'
import { runAsync, runSync, type Steps } from '../sync-or-async.ts'
import { type Distrust, distrustOf, type Truster } from './trust.ts'

/** A part of a file's path that another user could have changed. */
export interface PathProblem {
  readonly path: string
  readonly kind: 'link' | 'other'
  readonly distrust: Distrust
  readonly facts: Pick<EntryFacts, 'uid' | 'gid' | 'mode'>
}

/** The result of resolving a path. The caller closes the descriptor (`O_PATH`); it refers to the checked file, even if the path is replaced later. */
export interface WalkedPath {
  readonly fd: number
  /** With links resolved. */
  readonly realPath: string
  readonly kind: 'file' | 'folder' | 'other'
  /** From the root downwards; empty if no other user (except root) could have changed any part. */
  readonly problems: readonly PathProblem[]
  /** The owner of the target. */
  readonly uid: number
  /** The user who controls each link on the path, as returned by `ownerOfLink`. */
  readonly links: readonly number[]
  /** The modes of all folders on the path permit all users to enter them, and to read the target. */
  readonly isOpenToAll: boolean
}

const LINKS = 40

/**
 * Resolves an absolute path from `/` with descriptors and checks every folder, every link and the target with `distrustOf` (a sticky folder is
 * accepted for its contents; the target is accepted only if it is not a sticky folder that all users can write to). Links are followed. Rejects with
 * the system's errors (`ENOENT`, `ELOOP`).
 */
export function walkPath(path: string, who: Truster): Promise<WalkedPath> {
  return runAsync(walk(path, who))
}

/** The same synchronously, for locations that are written to synchronously. */
export function walkPathSync(path: string, who: Truster): WalkedPath {
  return runSync(walk(path, who))
}

function* walk(path: string, who: Truster): Steps<WalkedPath> {
  const check = openTrustCheck(who)
  let names = partsOf(path)
  let at: PathPart = yield* root()
  const above: PathPart[] = []
  try {
    while (names.length > 0) {
      const [name = '', ...rest] = names
      names = rest
      if (name === '..') {
        at = yield* upFrom(at, above)
        continue
      }
      check.passed(at)
      const next = yield* openAt(at, name)
      if (!next.stat.isSymbolicLink()) {
        above.push(at)
        at = next
        continue
      }
      check.followed(next, at)
      yield { call: 'close', args: [next.fd] }
      if (check.links.length > LINKS) throw Object.assign(new Error(`ELOOP: too many links in the path '${path}'`), { code: 'ELOOP' })
      const target = yield* targetOf(at, name)
      names = [...partsOf(target), ...names]
      if (target.startsWith('/')) at = yield* toRoot(at, above)
    }
    check.ended(at)
    return { fd: at.fd, realPath: at.path, kind: kindOf(at.stat), uid: at.stat.uid, ...check.findings() }
  } catch (error) {
    yield { call: 'close', args: [at.fd] }
    throw error
  } finally {
    for (const { fd } of above) yield { call: 'close', args: [fd] }
  }
}

/** Opens a folder by its path, with the parts of the path that others could have changed; links on the path are followed. */
export async function openWalkedFolder(path: string, who: Truster): Promise<{ readonly folder: Folder; readonly problems: readonly PathProblem[] }> {
  const { fd, realPath, problems } = await walkPath(path, who)
  try {
    return { folder: await folderAt(fd, realPath), problems }
  } finally {
    await runAsync(closing(fd))
  }
}

/** The same synchronously. */
export function openWalkedFolderSync(path: string, who: Truster): { readonly folder: Folder; readonly problems: readonly PathProblem[] } {
  const { fd, realPath, problems } = walkPathSync(path, who)
  try {
    return { folder: folderAtSync(fd, realPath), problems }
  } finally {
    runSync(closing(fd))
  }
}

/** Opens the target of a resolved path for reading, without blocking on a FIFO. The caller still owns the descriptor of the path. */
export async function openWalked({ fd }: WalkedPath): Promise<FileHandle> {
  return openHandle(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
}

export async function closeWalked({ fd }: WalkedPath): Promise<void> {
  await runAsync(closing(fd))
}

export function closeWalkedSync({ fd }: WalkedPath): void {
  runSync(closing(fd))
}

function* closing(fd: number): Steps<void> {
  yield { call: 'close', args: [fd] }
}

interface PathPart {
  readonly fd: number
  readonly path: string
  readonly stat: Stats
}

function* root(): Steps<PathPart> {
  return yield* placeOf(O_PATH | constants.O_DIRECTORY, '/', '/')
}

function* openAt(at: PathPart, name: string): Steps<PathPart> {
  return yield* placeOf(O_PATH | constants.O_NOFOLLOW, `/proc/self/fd/${at.fd}/${name}`, `${at.path === '/' ? '' : at.path}/${name}`)
}

function* placeOf(flags: number, opened: string, path: string): Steps<PathPart> {
  const fd = (yield { call: 'open', args: [opened, flags] }) as number
  return { fd, path, stat: (yield { call: 'fstat', args: [fd] }) as Stats }
}

function* targetOf(at: PathPart, name: string): Steps<string> {
  const target = (yield { call: 'readlink', args: [`/proc/self/fd/${at.fd}/${name}`] }) as string
  // The link text in /proc for the pipe or socket of a descriptor: `pipe:[4711]`.
  if (/^(?:pipe|socket|anon_inode):/u.test(target)) throw notRegular(`${at.path}/${name}`)
  return target
}

function* upFrom(at: PathPart, above: PathPart[]): Steps<PathPart> {
  const parent = above.pop()
  if (parent === undefined) return at
  yield { call: 'close', args: [at.fd] }
  return parent
}

function* toRoot(at: PathPart, above: PathPart[]): Steps<PathPart> {
  for (const { fd } of [at, ...above.splice(0)]) yield { call: 'close', args: [fd] }
  return yield* root()
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

/** Checks each part of the path. */
function openTrustCheck(who: Truster) {
  const problems = new Map<string, PathProblem>()
  const links: number[] = []
  let isOpenToAll = true
  const check = (path: string, stat: Facts, { kind, isSticky }: Pick<PathProblem, 'kind'> & { readonly isSticky: 'trusted' | 'ignored' }) => {
    const facts = { uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777 }
    const distrust = distrustOf(facts, who, isSticky)
    if (distrust !== undefined) problems.set(path, { path, kind, distrust, facts })
  }
  return {
    links,
    passed({ path, stat }: PathPart) {
      if (stat.isDirectory()) check(path, stat, { kind: 'other', isSticky: 'trusted' })
      if ((stat.mode & 0o001) === 0) isOpenToAll = false
    },
    followed({ path, stat }: PathPart, folder: PathPart) {
      const uid = ownerOfLink(stat.uid, folder.stat, who)
      links.push(uid)
      // The mode of a link has no meaning; its owner has.
      check(path, { uid, gid: stat.gid, mode: 0o700 }, { kind: 'link', isSticky: 'ignored' })
    },
    ended({ path, stat }: PathPart) {
      check(path, stat, { kind: 'other', isSticky: 'ignored' })
      if ((stat.mode & 0o004) === 0) isOpenToAll = false
    },
    findings: () => ({ problems: [...problems.values()], links, isOpenToAll }),
  }
}

type Facts = Pick<EntryFacts, 'uid' | 'gid' | 'mode'>

/** The user who determines the target of a link: its owner, or the user who can write to its folder; `ANYBODY` for a group or all users. */
export function ownerOfLink(uid: number, folder: Pick<EntryFacts, 'uid' | 'gid' | 'mode'>, who: Truster): number {
  const distrust = distrustOf(folder, who, 'trusted')
  if (distrust === undefined) return uid
  // A group with the owner's number is private, as on Debian.
  const isPrivate = (folder.mode & 0o002) === 0 && ((folder.mode & 0o020) === 0 || folder.gid === folder.uid)
  return distrust === 'owner' && isPrivate ? folder.uid : ANYBODY
}

/** Not a valid user id: 32 bits, all set, mean "unchanged" in chown(2). */
export const ANYBODY = 0xffff_ffff

function kindOf(stat: Stats): WalkedPath['kind'] {
  if (stat.isDirectory()) return 'folder'
  return stat.isFile() ? 'file' : 'other'
}

/** The first link on a path that other users can change: it may lead to any file. */
export function foreignLinkOf(problems: readonly PathProblem[]): PathProblem | undefined {
  return problems.find(({ kind }) => kind === 'link')
}

/** The hint for such a link. `howToTrust`: where its users can be trusted. */
export function hintForLink(howToTrust = '--trust-root'): string {
  return `Use the path without the link; or make root the owner of the link and its folder, and allow only root to write there; or trust all users who can change it: ${howToTrust}.`
}
