import { stat } from 'node:fs/promises'
import { isBelow, type MountEntry, mayHang, mountOf, mountsOf } from '../../storage/root/mountinfo.ts'

/**
 * Every path at which a folder can be reached: its real path, and those by bind mounts and by other mounts of its file system, if device and inode are the
 * same there.
 */
export async function visiblePaths(real: string, mountinfo: string): Promise<readonly string[]> {
  const own = mountOf(real, mountinfo)
  const facts = await stat(real).catch(() => undefined)
  if (own === undefined || facts === undefined) return [real]
  const inside = joined(own.folder, real.slice(own.mountPoint === '/' ? 0 : own.mountPoint.length))
  const mounts = mountsOf(mountinfo)
  // No other file system is used, because it may not respond.
  const isOnTheWay = ({ device, mountPoint, fsType }: MountEntry, path: string) =>
    device !== own.device && isBelow(path, mountPoint) && mayHang({ device, fsType })
  const others = [...new Set(mounts.flatMap((mount) => pathIn(mount, { device: own.device, inside })))].filter(
    (path) => path !== real && !mounts.some((mount) => isOnTheWay(mount, path)),
  )
  const seen = await Promise.all(others.map((path) => stat(path).catch(() => undefined)))
  return [real, ...others.filter((_, index) => seen[index]?.dev === facts.dev && seen[index]?.ino === facts.ino)]
}

/** Where a mount shows a folder of its file system; empty if it shows another part, or is another file system. */
function pathIn(mount: MountEntry, { device, inside }: { readonly device: string; readonly inside: string }): readonly string[] {
  if (mount.device !== device || !isBelow(inside, mount.folder)) return []
  return [joined(mount.mountPoint, mount.folder === '/' ? inside : inside.slice(mount.folder.length))]
}

function joined(folder: string, rest: string): string {
  const path = `${folder === '/' ? '' : folder}${rest}`
  return path === '' ? '/' : path.replace(/(?<=.)\/$/u, '')
}
