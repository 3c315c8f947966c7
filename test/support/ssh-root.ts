import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { listens } from './listens.ts'
import type { OnlineRoot } from './online-root.ts'
import { until } from './time-limits.ts'

const ENTER = 'mount -t proc proc "$0/proc" && mount -t tmpfs run "$0/run" && mkdir -m 755 "$0/run/sshd" && exec chroot "$0" "$@"'

export interface SshRoot {
  readonly port: number
  /** The file with the private key of its user root. */
  readonly key: string
}

/** Starts the server of SSH of a root, on the loopback: it is a host for programs that log in. Ends with the test. The root needs `openssh-server`. */
export async function sshInto(t: { after(work: () => Promise<void>): void }, root: OnlineRoot, folder: string): Promise<SshRoot> {
  const key = join(folder, 'id_ed25519')
  if (!existsSync(key)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  root.write('root/.ssh/authorized_keys', readFileSync(`${key}.pub`, 'utf8'), 0o600)
  const port = await freePort()
  const sshd = ['/usr/sbin/sshd', '-D', '-e', '-o', 'ListenAddress=127.0.0.1', '-o', `Port=${port}`, '-o', 'UsePAM=no', '-o', 'StrictModes=no']
  const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, root.folder, ...sshd], {
    cwd: '/',
    stdio: 'ignore',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  })
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  await until(() => child.exitCode !== null || listens(port))
  if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}`)
  return { port, key }
}
