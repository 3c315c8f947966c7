import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What a minimal Debian has, as far as the program needs it, of this host: no Node.js, no npm. */
const PROGRAMS =
  'sh cat tar zstd gzip mkdir mktemp readlink date ls cp rm sort find sha256sum flock id env kill sleep getent uname df dd rmdir timeout chmod chown mv ln wc head tail tee stat cut tr sed grep true dirname'.split(
    ' ',
  )

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
const ENTER = 'mount -t proc proc "$0/proc" && mount -t tmpfs run "$0/run" && exec chroot "$0" "$@"'

export interface BareRoot {
  readonly folder: string
  /** The command that runs a command in it, with /proc and /run of its own, which end with the command. */
  command(argv: readonly string[]): readonly string[]
  /** Runs a command in it, with nothing but PATH in its environment. */
  run(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  write(path: string, text: string): void
  remove(): void
}

/** A root folder with a few programs of this host and `extra` ones, and the libraries that they and Node.js load. */
export function bareRoot(...extra: readonly string[]): BareRoot {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(folder, 'usr', name), { recursive: true })
    symlinkSync(`usr/${name}`, join(folder, name))
  }
  for (const name of ['dev', 'tmp', 'proc', 'run', 'var/tmp', 'root']) mkdirSync(join(folder, name), { recursive: true })
  const programs = [...PROGRAMS, ...extra].map((name) => copyProgram(folder, name))
  copyLibraries(folder, [...programs, process.execPath])
  for (const [name, minor] of [
    ['null', '3'],
    ['zero', '5'],
    ['urandom', '9'],
  ] as const)
    execFileSync('mknod', ['-m', '666', join(folder, 'dev', name), 'c', '1', minor])
  symlinkSync('/proc/self/fd', join(folder, 'dev/fd'))
  write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
  write('etc/group', 'root:x:0:\n')
  write('etc/hostname', 'bare\n')
  // What the program must not fall back to.
  write('usr/bin/node', '#!/bin/sh\necho "this is another Node.js" >&2\nexit 1\n')
  const command = (argv: readonly string[]) => ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, folder, ...argv]
  return {
    folder,
    write,
    command,
    run: (argv, env = {}) => {
      const [program = '', ...words] = command(argv)
      const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', cwd: '/', env: { PATH, ...env } })
      return { status, stdout, stderr }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Copies a program of this host to the same place there. Returns its file. */
function copyProgram(folder: string, name: string): string {
  const path = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((it) => join(it, name)).find((it) => existsSync(it))
  if (path === undefined) throw new Error(`${name} is missing on this host`)
  const real = realpathSync(path)
  place(folder, real, real)
  if (real !== path) link(folder, path, real)
  return real
}

/** Copies the libraries that these programs load. */
function copyLibraries(folder: string, programs: readonly string[]): void {
  const { stdout } = spawnSync('ldd', programs, { encoding: 'utf8' })
  // The name of each program is in it, too, as a line of its own.
  const libraries = stdout.replaceAll(/^\S.*:$/gmu, '').matchAll(/\/[^\s)]+/gu)
  for (const library of new Set([...libraries].map(([path]) => path))) place(folder, realpathSync(library), library)
}

function place(folder: string, from: string, to: string): void {
  mkdirSync(dirname(join(folder, to)), { recursive: true })
  copyFileSync(from, join(folder, to))
}

function link(folder: string, path: string, to: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  rmSync(join(folder, path), { force: true })
  symlinkSync(to, join(folder, path))
}
