import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { cannotMountDead } from '../faults/dead-mount.ts'
import { lacks } from './lacks.ts'
import { until } from './time-limits.ts'

/** Why there can be none here; false where there can. For the option `skip` of a test. */
export const noRemoteMount = cannotMountDead() || lacks('rclone', 'fusermount3')

/**
 * A folder that is mounted as remote storage is: by FUSE, without hard links, and with uploads that begin `writeBack` after a file was closed; or so that
 * files can only be written once, from their beginning. Until the test ends.
 */
export async function mountRemote(t: TestContext, writeBack: `${number}${'s' | 'h'}` | 'write-once' = '0s'): Promise<string> {
  const top = mkdtempSync(join(tmpdir(), 'holdfast-mounted-'))
  const [source, folder] = [join(top, 'source'), join(top, 'folder')]
  for (const path of [source, folder]) mkdirSync(path)
  const cache = writeBack === 'write-once' ? ['off'] : ['writes', '--vfs-write-back', writeBack]
  const options = ['--dir-perms', '0700', '--file-perms', '0600', '--vfs-cache-mode', ...cache]
  const rclone = spawn('rclone', ['mount', source, folder, '--cache-dir', join(top, 'cache'), '--config', '/dev/null', ...options], {
    stdio: 'ignore',
  })
  const ended = once(rclone, 'exit')
  t.after(async () => {
    rclone.kill()
    await ended
    rmSync(top, { recursive: true })
  })
  await until(() => statSync(folder).dev !== statSync(top).dev)
  return folder
}
