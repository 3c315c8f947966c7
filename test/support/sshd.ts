import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { unlessCi } from './lacks.ts'

const SSHD = '/usr/sbin/sshd'

/** Why no SSH server can be started here, for `skip`; false where one can. */
export const noSshd: string | false = unlessCi(!existsSync(SSHD) && 'openssh-server is not installed')

/** An SSH server on the loopback address that knows one key, one password of nobody, and offers SFTP. */
export interface Sshd {
  readonly port: number
  readonly user: string
  readonly keyFile: string
  readonly knownHosts: string
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string
  /** Stops it, and all that it serves, where they stand: like a network that is down. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export async function startSshd(): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'sshd-'))
  for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  const port = await freePort()
  const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  const knownHosts = join(folder, 'known_hosts')
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`)
  const config = join(folder, 'sshd_config')
  writeFileSync(config, configText(folder, port))
  // The folder that sshd of root wants, wherever no system has made it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const deadline = performance.now() + 10_000
  while (!told.includes('Server listening')) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`sshd did not come up: ${told}`)
    await sleep(10)
  }
  const pid = child.pid ?? 0
  const signal = (name: NodeJS.Signals) => {
    for (const it of [pid, ...descendants(pid)]) if (isThere(it)) process.kill(it, name)
  }
  return {
    port,
    user: userInfo().username,
    keyFile: join(folder, 'user'),
    knownHosts,
    hostKey,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      signal('SIGKILL')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

function configText(folder: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/user.pub`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    // Or the shell that runs a command would read the .bashrc of whoever starts the tests.
    `SetEnv HOME=${folder}`,
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n')
}

/** Serving processes are sessions of their own: found by the chain of parents. */
function descendants(pid: number): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/u).map(Number))
  const below = (parent: number): number[] => table.filter(([, it]) => it === parent).flatMap(([it = 0]) => [it, ...below(it)])
  return below(pid)
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
