import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { requires } from './requires.ts'

/** Why no file system in a file can be mounted here; false where it can. For the option `skip` of a test. In CI only the devices may be missing. */
export function noLoop(): string | false {
  const missing = requires('root', 'losetup', 'mkfs.ext4')
  if (missing) return missing
  if (!existsSync('/dev/loop-control')) return 'no loop devices here'
  const made = spawnSync('losetup', ['--find'], { encoding: 'utf8' })
  const isKnown = readFileSync('/proc/filesystems', 'utf8').includes('ext4')
  return made.status === 0 && existsSync(made.stdout.trim()) && isKnown ? false : 'no loop devices here'
}
