import type { Stats } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path/posix'
import { isAbsent } from '../../files/entries.ts'
import { realPathOf } from '../../files/trust/real-path.ts'
import { systemCode } from '../../lib/errors.ts'
import { quoted } from '../../storage/system-errors.ts'
import { BackupError } from '../set/errors.ts'

/** A path of a source of files, as it is on this host now. */
export interface SourcePath {
  /** As configured, without a trailing slash. */
  readonly path: string
  /** If it is a symbolic link: each path to which it leads, the last one being no link. */
  readonly targets: readonly string[]
  /** With all links resolved. */
  readonly real: string
  readonly isFolder: boolean
  /** What has no contents that an archive can contain. */
  readonly special?: 'socket' | 'device' | 'pipe'
  readonly isFile: boolean
}

// As many as the kernel follows.
const LINKS = 40

/** Nothing is there, or the target of a link does not exist. */
export interface MissingPath {
  readonly path: string
  /** The path that does not exist. */
  readonly missing: string
  /** Links refer to each other, or there are more than the kernel follows. */
  readonly isLoop?: true
}

/** Follows the link that a path is, as often as necessary. Undefined if this user may not look there: the program that reads it reports that. */
export async function sourcePathOf(configured: string): Promise<SourcePath | MissingPath | undefined> {
  const path = configured.replace(/(?<=.)\/+$/u, '')
  const targets: string[] = []
  let at = path
  try {
    let facts = await lstat(at)
    while (facts.isSymbolicLink()) {
      if (targets.length === LINKS) return { path, missing: at, isLoop: true }
      at = await targetOf(at)
      targets.push(at)
      facts = await lstat(at)
    }
    return { path, targets, real: await realPathOf(at), isFolder: facts.isDirectory(), isFile: facts.isFile(), ...specialOf(facts) }
  } catch (error) {
    if (isAbsent(error)) return { path, missing: at }
    if (systemCode(error) === 'ELOOP') return { path, missing: at, isLoop: true }
    if (systemCode(error) !== undefined) return undefined
    throw error
  }
}

function specialOf(facts: Stats): Pick<SourcePath, 'special'> {
  if (facts.isSocket()) return { special: 'socket' }
  if (facts.isBlockDevice() || facts.isCharacterDevice()) return { special: 'device' }
  return facts.isFIFO() ? { special: 'pipe' } : {}
}

/** Throws `backup/no-source` if nothing is there. */
export function requireThere(found: SourcePath | MissingPath): SourcePath {
  if (!('missing' in found)) return found
  const { path, missing, isLoop } = found
  const message = isLoop
    ? `the path ${quoted(path)} contains too many symbolic links, or a loop of them`
    : path === missing
      ? `the path ${quoted(path)} does not exist${/[*?[]/u.test(path) ? ' (paths are not patterns)' : ''}`
      : `the target of the symbolic link ${quoted(path)} does not exist: ${quoted(missing)}`
  throw new BackupError('no-source', message, { hint: 'Correct the path, or remove it from the object.' })
}

/** The target of a link: a path without links except for its last part, which may be one. */
async function targetOf(link: string): Promise<string> {
  const text = await readlink(link)
  const path = (text.startsWith('/') ? text : `${await realPathOf(dirname(link))}/${text}`).replace(/(?<=.)\/+$/u, '')
  const name = basename(path)
  if (name === '' || name === '.' || name === '..') return realPathOf(path)
  return `${(await realPathOf(dirname(path))).replace(/\/$/u, '')}/${name}`
}
