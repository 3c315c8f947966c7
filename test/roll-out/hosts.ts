import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/u, '')

/** The crontabs of these tests: those of this host are covered. */
const COVERED =
  'mount -t tmpfs -o mode=755 none /var/spool/cron && mkdir /var/spool/cron/crontabs && mount --bind "$0" /var/spool/cron/crontabs && exec "$@"'

/** A folder with several hosts, each a folder of this host, and the versions of a program that are rolled out to them. */
export interface RollOutPlace {
  readonly folder: string
  /** A program that is the one of this checkout, with the state of its host, and named after its version. */
  version(name: string): string
  /** The folder of a host. */
  host(name: string): string
  write(path: string, text: string): string
  /** Runs a program that sees only the crontabs of these tests. */
  run(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
}

export function openRollOut(t: { after(work: () => void): void }): RollOutPlace {
  const folder = mkdtempSync(join(tmpdir(), 'roll-out-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (path: string, text: string) => {
    const file = join(folder, path)
    writeFileSync(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o600 })
    return file
  }
  mkdirSync(join(folder, 'crontabs'), { mode: 0o1730 })
  return {
    folder,
    write,
    version: (name) =>
      write(
        name,
        `#!/bin/sh\nif [ "$1" = which ]; then echo ${name}; exit; fi\nHOLDFAST_STATE=$(dirname "$(dirname "$0")")/state\nexport HOLDFAST_STATE\nexec ${checkout}/holdfast "$@"\n`,
      ),
    host(name) {
      const path = join(folder, name)
      mkdirSync(join(path, 'bin'), { recursive: true })
      return path
    },
    run(argv, env = {}) {
      const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', COVERED, join(folder, 'crontabs'), ...argv], {
        encoding: 'utf8',
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8', ...env },
      })
      return { status, stdout, stderr }
    },
  }
}

/** A configuration with one task, which stores what is in `www`, and these other keys. */
export function configurationOf(host: string, more = ''): string {
  return [
    'version: 1',
    `storages: { disk: { type: localfs, root: ${host}/sets } }`,
    more,
    'tasks:',
    '  nightly:',
    '    schedule: "30 2 * * *"',
    '    steps:',
    `      - backup: { objects: { bin: { files: { paths: [${host}/bin] } } } }`,
    '',
  ].join('\n')
}
