import { join } from 'node:path'
import { readKernelText } from '../../files/kernel-files.ts'

/** The folder of this process's cgroup in the v2 hierarchy, from the mount table and `/proc/self/cgroup` (cgroups(7)). */
export function ownCgroup(): string | undefined {
  try {
    const mount = hierarchy()
    const own = readKernelText('/proc/self/cgroup')
      .split('\n')
      .find((line) => line.startsWith('0::'))
    if (mount === undefined || own === undefined) return undefined
    const { mountPoint, root } = mount
    const relative = own.slice(3).startsWith(root) ? own.slice(3 + (root === '/' ? 0 : root.length)) : own.slice(3)
    return join(mountPoint, relative)
  } catch {
    return undefined
  }
}

/** Whether the path is in the v2 hierarchy, and not in a folder that only resembles one. */
export function isCgroupPath(path: string): boolean {
  try {
    const mount = hierarchy()
    return mount !== undefined && path.startsWith(`${mount.mountPoint}/`) && !path.split('/').includes('..')
  } catch {
    return false
  }
}

function hierarchy(): { readonly mountPoint: string; readonly root: string } | undefined {
  const mount = readKernelText('/proc/self/mountinfo')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '))
  const [, , , root, mountPoint] = mount?.split(' ') ?? []
  return mountPoint === undefined || root === undefined ? undefined : { mountPoint, root }
}
