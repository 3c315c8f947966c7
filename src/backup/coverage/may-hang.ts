import type { MountEntry } from '../../storage/root/mountinfo.ts'

// Of this host, although they have no block device.
const LOCAL = new Set(['bcachefs', 'btrfs', 'devtmpfs', 'overlay', 'proc', 'ramfs', 'squashfs', 'sysfs', 'tmpfs', 'zfs'])

/** Whether a file system depends on a server or another program, which may give no answer. */
export function mayHang({ device, fsType }: Pick<MountEntry, 'device' | 'fsType'>): boolean {
  return device.startsWith('0:') && !LOCAL.has(fsType)
}
