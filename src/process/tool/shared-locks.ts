import { readKernelText } from '../../files/kernel-files.ts'

// File systems on which locks apply to all hosts: local ones, or those with locks across hosts.
const SEEN =
  /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|nilfs2|vfat|exfat|ntfs3|fuseblk|hfsplus|udf|tmpfs|ramfs|overlay|gfs2|ocfs2|ceph|nfs4?)$/u

// nfs(5): then locks apply to one host only.
const OWN_LOCKS = /(^|,)(nolock|local_lock=(all|flock))(,|$)/u

/** Whether a lock of another host on an open file is visible. False if unknown: then a free lock does not prove that a process of another host is dead. */
export function seesLocksOfOthers(fd: number): boolean {
  return isSeen(fd, hasSharedLocks)
}

/** The same for locks on folders. */
export function seesFolderLocksOfOthers(fd: number): boolean {
  return isSeen(fd, hasSharedFolderLocks)
}

function isSeen(fd: number, isShared: (mountId: string, mountinfo: string) => boolean): boolean {
  const id = /^mnt_id:\s*(\d+)$/mu.exec(readKernelText(`/proc/self/fdinfo/${fd}`))?.[1]
  return id !== undefined && isShared(id, readKernelText('/proc/self/mountinfo'))
}

/** The same by the id of the mount and the text of `/proc/self/mountinfo`. */
export function hasSharedLocks(mountId: string, mountinfo: string): boolean {
  const { fsType, options, superOptions } = mountOf(mountId, mountinfo)
  return SEEN.test(fsType) && !OWN_LOCKS.test(superOptions) && !OWN_LOCKS.test(options)
}

/** NFS has no locks on folders: those that its clients permit apply to one host only. */
export function hasSharedFolderLocks(mountId: string, mountinfo: string): boolean {
  return hasSharedLocks(mountId, mountinfo) && !/^nfs4?$/u.test(mountOf(mountId, mountinfo).fsType)
}

function mountOf(mountId: string, mountinfo: string): { readonly fsType: string; readonly options: string; readonly superOptions: string } {
  const line = mountinfo.split('\n').find((it) => it.startsWith(`${mountId} `))
  const [before = '', after = ''] = line?.split(' - ') ?? []
  const [fsType = '', , superOptions = ''] = after.split(' ')
  return { fsType, options: before.split(' ')[5] ?? '', superOptions }
}
