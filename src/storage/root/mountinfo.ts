import { join, relative } from 'node:path'
import { readKernelText } from '../../files/kernel-files.ts'

/** The relevant fields of a line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly mountPoint: string
  readonly fsType: string
  readonly source: string
}

export interface MountEntry extends Mount {
  readonly id: string
  /** The id of the mount that contains the mount point. */
  readonly parent: string
  /** The device number: `MAJOR:MINOR`. */
  readonly device: string
  /** The folder of the file system that is mounted: `/` unless it is a bind mount or a subvolume. */
  readonly folder: string
}

/** `/proc/self/mountinfo`; names of mount points are UTF-8. */
export function readMountinfo(): string {
  return Buffer.from(readKernelText('/proc/self/mountinfo'), 'latin1').toString()
}

/** All mounts, in their order: the topmost ones are last. */
export function mountsOf(mountinfo: string): readonly MountEntry[] {
  return mountinfo.split('\n').flatMap((line) => parseMount(line) ?? [])
}

/** The mount that contains an absolute path without links: the longest mount point above it; of equal ones, the last (the topmost). */
export function mountOf(path: string, mountinfo: string): MountEntry | undefined {
  let best: MountEntry | undefined
  for (const line of mountinfo.split('\n')) {
    const mount = parseMount(line)
    if (mount === undefined || !isBelow(path, mount.mountPoint)) continue
    if (best === undefined || mount.mountPoint.length >= best.mountPoint.length) best = mount
  }
  return best
}

/** The mount with that id, as in `/proc/self/fdinfo` of an open file. */
export function mountWithId(id: number, mountinfo: string): Mount | undefined {
  const line = mountinfo.split('\n').find((it) => it.startsWith(`${id} `))
  return line === undefined ? undefined : parseMount(line)
}

/**
 * The mount that the folder of this one belongs to anyway: services and sandboxes mount a folder onto itself, so that only it is writable. Any other
 * mount is the result itself.
 */
export function withoutSelfBind(mount: Mount, mountinfo: string): Mount {
  const mounts = mountsOf(mountinfo)
  let found = mount
  let entry = mounts.findLast(({ mountPoint }) => mountPoint === mount.mountPoint)
  // By id: a folder may be mounted onto itself several times, all at the same mount point. Each id is visited once, regardless of the data of the kernel.
  const left = new Map(mounts.map((it) => [it.id, it]))
  while (entry !== undefined) {
    left.delete(entry.id)
    const above = left.get(entry.parent)
    if (above === undefined || !isSelfBind(entry, above)) return found
    found = above
    entry = above
  }
  return found
}

function isSelfBind(entry: MountEntry, above: MountEntry): boolean {
  return above.device === entry.device && entry.folder === join(above.folder, relative(above.mountPoint, entry.mountPoint))
}

/** Whether a path is the folder itself or below it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`)
}

function parseMount(line: string): MountEntry | undefined {
  // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [TAG ...] - TYPE SOURCE SUPEROPTIONS
  const [before, after] = line.split(' - ')
  const [id, parent, device, folder, mountPoint] = before?.split(' ') ?? []
  const [fsType, source] = after?.split(' ') ?? []
  if (
    id === undefined ||
    parent === undefined ||
    device === undefined ||
    folder === undefined ||
    mountPoint === undefined ||
    fsType === undefined ||
    source === undefined
  )
    return undefined
  return { id, parent, device, folder: unescaped(folder), mountPoint: unescaped(mountPoint), fsType, source: unescaped(source) }
}

// Blanks, tabs, newlines and backslashes are escaped as three octal digits.
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/gu, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

// Of this host, although they have no block device.
const LOCAL = new Set(['bcachefs', 'btrfs', 'devtmpfs', 'overlay', 'proc', 'ramfs', 'squashfs', 'sysfs', 'tmpfs', 'zfs'])

/** Whether a file system depends on a server or another program, which may give no answer. */
export function mayHang({ device, fsType }: Pick<MountEntry, 'device' | 'fsType'>): boolean {
  return device.startsWith('0:') && !LOCAL.has(fsType)
}
