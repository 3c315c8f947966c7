import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scaledMs, until } from './time-limits.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Makes a folder the root of a host of its own: namespaces, /dev, and the subtree of control groups in which it was started. */
const BOOT = `set -eu
echo $$ >"$1/cgroup.procs"
exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc --net sh -euc '
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs -o mode=755 none dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 none dev/pts
mount -t tmpfs -o mode=755 none run
mount -t tmpfs none tmp
pivot_root . mnt
umount -l /mnt
exec env -i container=test PATH=${PATH} /lib/systemd/systemd
' sh "$0"
`

export interface SystemdHost {
  /** The command that runs a command on it. */
  command(argv: readonly string[]): readonly string[]
  run(argv: readonly string[]): { readonly status: number | null; readonly text: string }
  /** What a command prints, which has to succeed. */
  ok(...argv: readonly string[]): string
  /** Shuts it down, as `systemctl poweroff` does. The folder remains. */
  powerOff(): Promise<void>
}

/** Where a subtree of control groups for a systemd can be made; undefined if nowhere. */
function controlGroups(): string | undefined {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return mounts.find((line) => line.includes(' - cgroup2 '))?.split(' ')[4]
}

/** Why no systemd can be started here, for `skip`; false where one can. */
export function noSystemd(): string | false {
  return controlGroups() === undefined ? 'no control groups of version 2 are mounted' : false
}

/** Boots the system in this folder: systemd is its process 1, without a network. Resolves when it has started all of its units. */
export async function bootSystemd(folder: string): Promise<SystemdHost> {
  const group = join(controlGroups() ?? '', `holdfast-test-${process.pid}-${Date.now()}`)
  mkdirSync(group)
  const child = spawn('sh', ['-c', BOOT, folder, group], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const children = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
  const init = await until(() => child.exitCode === null && children())
  const command = (argv: readonly string[]) => [
    ...['nsenter', '--target', init, '--mount', '--pid', '--cgroup', '--uts', '--ipc', '--net', '--root', '--wdns=/', 'env', '-i'],
    ...[`PATH=${PATH}`, 'HOME=/root', 'LC_ALL=C.UTF-8', ...argv],
  ]
  const run = (argv: readonly string[]) => {
    const [program = '', ...words] = command(argv)
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', input: '' })
    return { status, text: stdout + stderr }
  }
  const powerOff = async () => {
    // SIGRTMIN+4: power off.
    if (child.exitCode === null && child.signalCode === null) process.kill(Number(init), 38)
    const late = setTimeout(() => child.kill('SIGKILL'), scaledMs(120_000))
    await ended
    clearTimeout(late)
    removeGroup(group)
  }
  try {
    await until(() => existsSync(`/proc/${init}/exe`) && run(['systemctl', 'is-system-running', '--wait']).text.match(/^(?:running|degraded)$/mu))
  } catch (error) {
    await powerOff()
    throw error
  }
  const ok = (...argv: readonly string[]) => {
    const { status, text } = run(argv)
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${text}`)
    return text
  }
  return { command, run, ok, powerOff }
}

/** Removes a control group with those below it, which have no processes any more. */
function removeGroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(join(path, entry.name))
  rmdirSync(path)
}

/** Writes a file on a host that is a folder. */
export function writeOn(folder: string, path: string, text: string): void {
  writeFileSync(join(folder, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o600 })
}
