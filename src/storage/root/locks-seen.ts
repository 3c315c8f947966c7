import { readKernelText } from '../../files/kernel.ts'

// File systems whose locks are one matter for all that can mount them: of one kernel only, or with locks of their own across hosts.
const SEEN =
  /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|nilfs2|vfat|exfat|ntfs3|fuseblk|hfsplus|udf|tmpfs|ramfs|overlay|gfs2|ocfs2|ceph|nfs4?)$/u

// nfs(5): then each host has locks of its own.
const OWN_LOCKS = /(^|,)(nolock|local_lock=(all|flock))(,|$)/u

/**
 * Whether a lock that another host holds on an open file would keep us out. False where that cannot be told: then nothing that another kernel left there
 * is proven dead by a lock that can be taken.
 */
export function seesLocksOfOthers(fd: number): boolean {
  const id = /^mnt_id:\s*(\d+)$/mu.exec(readKernelText(`/proc/self/fdinfo/${fd}`))?.[1]
  return id !== undefined && hasSharedLocks(id, readKernelText('/proc/self/mountinfo'))
}

/** The same by the mount's id and the text of `/proc/self/mountinfo`. */
export function hasSharedLocks(mountId: string, mountinfo: string): boolean {
  const line = mountinfo.split('\n').find((it) => it.startsWith(`${mountId} `))
  const [before = '', after = ''] = line?.split(' - ') ?? []
  const [fsType = '', , superOptions = ''] = after.split(' ')
  return SEEN.test(fsType) && !OWN_LOCKS.test(superOptions) && !OWN_LOCKS.test(before.split(' ')[5] ?? '')
}
