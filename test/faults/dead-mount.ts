import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { requires } from '../support/requires.ts'

/** A mount that never answers, as that of a file server that is down: a FUSE file system whose server, we, reads no request. */
export interface DeadMount {
  /** Everything that waits for it gets an error, and it is gone. */
  end(): void
}

/** Why there can be none here; false where there can. For the option `skip` of a test. */
export function cannotMountDead(): string | false {
  const noRoot = requires('root')
  if (noRoot !== false) return noRoot
  try {
    closeSync(openSync('/dev/fuse', 'r+'))
  } catch {
    return 'needs /dev/fuse'
  }
  return false
}

/** `uid`: who has mounted it. Others, root too, have no access, and get an error at once. */
export function mountDead(folder: string, uid = 0): DeadMount {
  mkdirSync(folder, { recursive: true })
  const server = openSync('/dev/fuse', 'r+')
  const options = `fd=3,rootmode=40000,user_id=${uid},group_id=${uid}`
  const { status, stderr } = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'none', folder], {
    stdio: ['ignore', 'ignore', 'pipe', server],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`mount: ${stderr}`)
  return {
    end() {
      closeSync(server)
      spawnSync('umount', ['-l', folder])
    },
  }
}
