import { readKernelText } from '../../files/kernel-files.ts'

// File systems on which locks apply to all hosts: local ones, or those with locks across hosts.
const SEEN =
  /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|nilfs2|vfat|exfat|ntfs3|fuseblk|hfsplus|udf|tmpfs|ramfs|overlay|gfs2|ocfs2|ceph|nfs4?)$/u

// nfs(5): then locks apply to one host only.
const OWN_LOCKS = /(^|,)(nolock|local_lock=(all|flock))(,|$)/u

/** Whether a lock of another host on an open file is visible. False if unknown: then a free lock does not prove that a process of another host is dead. */
export function seesLocksOfOthers(fd: number): boolean {
  const id = /^mnt_id:\s*(\d+)$/mu.exec(readKernelText(`/proc/self/fdinfo/${fd}`))?.[1]
  return id !== undefined && hasSharedLocks(id, readKernelText('/proc/self/mountinfo'))
}

/** The same by the id of the mount and the text of `/proc/self/mountinfo`. */
export function hasSharedLocks(mountId: string, mountinfo: string): boolean {
  const line = mountinfo.split('\n').find((it) => it.startsWith(`${mountId} `))
  const [before = '', after = ''] = line?.split(' - ') ?? []
  const [fsType = '', , superOptions = ''] = after.split(' ')
  return SEEN.test(fsType) && !OWN_LOCKS.test(superOptions) && !OWN_LOCKS.test(before.split(' ')[5] ?? '')
}
