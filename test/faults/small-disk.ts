import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { requires } from '../support/requires.ts'

/** A file system in memory with limits, mounted on a folder. */
export interface SmallDisk {
  /** `size=64k`, `nr_inodes=20`, `ro`: changes it while it is mounted. */
  remount(options: string): void
  unmount(): void
}

export function mountSmallDisk(folder: string, options: string): SmallDisk {
  mkdirSync(folder, { recursive: true })
  mount(['-t', 'tmpfs', '-o', options, 'none', folder])
  return {
    remount: (changed) => mount(['-o', `remount,${changed}`, folder]),
    unmount: () => {
      spawnSync('umount', ['-l', folder])
    },
  }
}

/** Why no disk can be mounted here; false where it can. For the option `skip` of a test. */
export function cannotMount(): string | false {
  return requires('root', 'leave to mount')
}

function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}
