import { readKernelText } from '../../files/kernel-files.ts'

// File systems that one host mounts at a time.
const LOCAL = /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|nilfs2|vfat|exfat|ntfs3|fuseblk|hfsplus|udf|tmpfs|ramfs|overlay)$/u

// File systems with locks across hosts.
const SHARED_WITH_LOCKS = /^(gfs2|ocfs2|ceph|nfs4?)$/u

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

/** Whether only this host can use the file system of an open file or folder. False if unknown. */
export function isLocal(fd: number): boolean {
  return isSeen(fd, isLocalMount)
}

/** The type of the FUSE file system of an open file or folder ("fuse.rclone"). Undefined for one on a block device, and for any other file system. */
export function fuseTypeOf(fd: number): string | undefined {
  const id = mountIdOf(fd)
  const fsType = id === undefined ? '' : mountOf(id, readKernelText('/proc/self/mountinfo')).fsType
  return /^fuse(?:\.|$)/u.test(fsType) ? fsType : undefined
}

function isSeen(fd: number, isShared: (mountId: string, mountinfo: string) => boolean): boolean {
  const id = mountIdOf(fd)
  return id !== undefined && isShared(id, readKernelText('/proc/self/mountinfo'))
}

function mountIdOf(fd: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/mu.exec(readKernelText(`/proc/self/fdinfo/${fd}`))?.[1]
}

/** The same as `seesLocksOfOthers` by the id of the mount and the text of `/proc/self/mountinfo`. */
export function hasSharedLocks(mountId: string, mountinfo: string): boolean {
  const { fsType, options, superOptions } = mountOf(mountId, mountinfo)
  return (LOCAL.test(fsType) || SHARED_WITH_LOCKS.test(fsType)) && !OWN_LOCKS.test(superOptions) && !OWN_LOCKS.test(options)
}

/** The same as `isLocal` by the id of the mount and the text of `/proc/self/mountinfo`. */
export function isLocalMount(mountId: string, mountinfo: string): boolean {
  return LOCAL.test(mountOf(mountId, mountinfo).fsType)
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
