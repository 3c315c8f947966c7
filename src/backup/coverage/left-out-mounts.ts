import { isBelow, type MountEntry, mountOf, mountsOf } from '../../storage/root/mountinfo.ts'

// The kernel's views of itself: they have no data.
const WITHOUT_DATA = new Set([
  ...['autofs', 'binfmt_misc', 'bpf', 'cgroup', 'cgroup2', 'configfs', 'debugfs', 'devpts', 'devtmpfs', 'efivarfs', 'fusectl', 'hugetlbfs', 'mqueue'],
  ...['nfsd', 'nsfs', 'proc', 'pstore', 'rpc_pipefs', 'securityfs', 'selinuxfs', 'sysfs', 'tracefs', 'fuse.lxcfs', 'fuse.gvfsd-fuse', 'fuse.portal'],
])

// File systems in memory that every host has there.
const VOLATILE = ['/dev', '/run', '/var/run', '/var/lock', '/proc', '/sys']
const TEMPORARY = ['/tmp', '/var/tmp']

/**
 * The mounts below these folders that `tar --one-file-system` leaves out, outermost first, except those without lasting data. A mount that is itself one
 * of the folders, or a bind mount of the same file system, is saved.
 */
export function leftOutMounts(folders: readonly string[], mountinfo: string): readonly MountEntry[] {
  const sources = folders.map((folder) => ({ folder, mount: mountOf(folder, mountinfo) }))
  const mounts = mountsOf(mountinfo).filter((mount, index, all) => all.findLastIndex((it) => it.mountPoint === mount.mountPoint) === index)
  return mounts.filter((mount) => {
    const { mountPoint } = mount
    if (!hasData(mount) || !sources.some(({ folder }) => folder !== mountPoint && isBelow(mountPoint, folder))) return false
    return !sources.some((source) => isBelow(mountPoint, source.folder) && (source.folder === mountPoint || isSame(source.mount, mount)))
  })
}

function hasData({ fsType, mountPoint }: MountEntry): boolean {
  if (WITHOUT_DATA.has(fsType)) return false
  if (!['tmpfs', 'ramfs'].includes(fsType)) return true
  return !TEMPORARY.includes(mountPoint) && !VOLATILE.some((folder) => isBelow(mountPoint, folder))
}

/** Whether tar sees one device: each subvolume of btrfs has its own. */
function isSame(a: MountEntry | undefined, b: MountEntry): boolean {
  return a?.device === b.device && (b.fsType !== 'btrfs' || a.folder === b.folder)
}
