import { stat } from 'node:fs/promises'
import { realPathOf } from '../../files/trust/real-path.ts'
import { type MountEntry, mountsOf } from '../../storage/root/mountinfo.ts'

/** The topmost file system mounted at a folder; undefined: none. `mountinfo` is the text of `/proc/self/mountinfo`. */
export async function mountedAt(point: string, mountinfo: string): Promise<MountEntry | undefined> {
  const real = await realPathOf(point).catch(() => point)
  return mountsOf(mountinfo).findLast((it) => it.mountPoint === real)
}

const BY_WORD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    UUID: 'by-uuid',
    LABEL: 'by-label',
    PARTUUID: 'by-partuuid',
    PARTLABEL: 'by-partlabel',
    ID: 'by-id',
  }),
)

export interface DeviceFiles {
  /** The file of a loop device, by its number; undefined: not a loop device. */
  backingFile(device: string): Promise<string | undefined>
}

/**
 * Whether a mount is of the device in the syntax of mount(8): a path or link, `UUID=` or `LABEL=`, the image of a loop device, the source of a bind
 * mount, or the same text (`host:/export`, `tmpfs`).
 */
export async function isOfDevice(mount: MountEntry, device: string, { backingFile }: DeviceFiles): Promise<boolean> {
  if (mount.source === device || withoutEnd(mount.source) === withoutEnd(device)) return true
  const path = pathOf(device)
  if (!path.startsWith('/')) return false
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  if (found.isBlockDevice()) return isSameDevice(mount, found.rdev) || (await rdevOf(mount.source)) === found.rdev
  if (found.isDirectory()) {
    const there = await stat(mount.mountPoint)
    return there.dev === found.dev && there.ino === found.ino
  }
  const [image, behind] = [await realPathOf(path), await backingFile(mount.device)]
  return image === behind
}

function pathOf(device: string): string {
  const { word = '', value = '' } = /^(?<word>[A-Z]+)="?(?<value>[^"]+)"?$/u.exec(device)?.groups ?? {}
  const folder = BY_WORD.get(word)
  return folder === undefined ? device : `/dev/disk/${folder}/${udevName(value)}`
}

// In the form of udev: most special characters as hexadecimal numbers.
function udevName(value: string): string {
  return value.replaceAll(/[^\w#+\-.:=@\u0080-\u{10ffff}]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function withoutEnd(text: string): string {
  return text.replace(/(?<=.)\/+$/u, '')
}

async function rdevOf(source: string): Promise<number | undefined> {
  if (!source.startsWith('/')) return undefined
  const found = await stat(source).catch(() => undefined)
  return found?.isBlockDevice() ? found.rdev : undefined
}

// As packed by makedev(3) of Linux.
function isSameDevice({ device }: MountEntry, rdev: number): boolean {
  const [major = 0, minor = 0] = device.split(':').map(Number)
  const packed = (BigInt(minor) & 0xffn) | ((BigInt(major) & 0xfffn) << 8n) | ((BigInt(minor) & ~0xffn) << 12n) | ((BigInt(major) & ~0xfffn) << 32n)
  return BigInt(rdev) === packed
}
