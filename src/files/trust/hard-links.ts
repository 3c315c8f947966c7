import type { Stats } from 'node:fs'
import { readKernelText } from '../kernel-files.ts'
import { distrustOf, ownTruster } from './trust.ts'

type LinkedFile = Pick<Stats, 'mode' | 'uid' | 'nlink'>
type ParentFolder = Pick<Stats, 'mode' | 'uid' | 'gid'>

/**
 * Why another user may have given a file that this user cannot read a name in the folder, or undefined. Only if the kernel lets users create hard links to
 * files of others: fs.protected_hardlinks is 0, which distributions change. A file that all users can read is no secret: creating a link to it requires
 * access to its other folder.
 */
export function whyForeignHardLink(file: LinkedFile, folder: ParentFolder): string | undefined {
  if (file.nlink <= 1 || (file.mode & S_IFMT) !== S_IFREG || (file.mode & 0o004) !== 0) return undefined
  const distrust = distrustOf(folder, ownTruster())
  if (distrust === undefined || (distrust === 'owner' && file.uid === folder.uid && (folder.mode & 0o022) === 0)) return undefined
  if (!permitsHardLinks()) return undefined
  return 'another user may have created this hard link to it (fs.protected_hardlinks is 0)'
}

const S_IFMT = 0o170000
const S_IFREG = 0o100000

/** proc_sys_fs(5), Linux 3.6. */
function permitsHardLinks(): boolean {
  try {
    return readKernelText('/proc/sys/fs/protected_hardlinks').trim() === '0'
  } catch {
    return true
  }
}
