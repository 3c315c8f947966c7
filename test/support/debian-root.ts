import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../node_modules/.cache/debian/', import.meta.url))

export interface DebianRoot {
  readonly folder: string
  run(argv: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  remove(): void
}

/** A minimal Debian of this release, without Node.js, from the mirror that this host uses; kept as an archive for the next test. */
export function debianRoot(release: string): DebianRoot {
  const archive = join(cache, `${release}.tar`)
  const folder = mkdtempSync(join(tmpdir(), `debian-${release}-`))
  if (existsSync(archive)) execFileSync('tar', ['-C', folder, '-xpf', archive])
  else {
    execFileSync('debootstrap', ['--variant=minbase', release, folder, debianMirror()], { stdio: ['ignore', 'ignore', 'inherit'] })
    mkdirSync(cache, { recursive: true })
    execFileSync('tar', ['-C', folder, '-cf', `${archive}.new`, '--exclude=./proc/*', '--exclude=./sys/*', '.'])
    renameSync(`${archive}.new`, archive)
  }
  // Users other than root are in it, too.
  chmodSync(folder, 0o755)
  const enter = 'mount -t proc proc "$0/proc" && mount -t tmpfs run "$0/run" && exec chroot "$0" "$@"'
  return {
    folder,
    run: (argv) => {
      const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
      const { status, stdout, stderr } = spawnSync('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', enter, folder, ...argv], {
        encoding: 'utf8',
        cwd: '/',
        env,
        input: '',
      })
      return { status, stdout, stderr }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The mirror of Debian that this host uses. */
export function debianMirror(): string {
  const lists = globSync(['/etc/apt/sources.list', '/etc/apt/sources.list.d/*']).map((path) => readFileSync(path, 'utf8'))
  const [found] = lists.flatMap((text) => text.match(/^(?:deb|URIs:).*?(?<url>https?:\/\/\S+\/debian)\/?(?=\s|$)/mu)?.groups?.['url'] ?? [])
  if (found === undefined) throw new Error('no mirror of Debian in the settings of APT')
  return found
}
