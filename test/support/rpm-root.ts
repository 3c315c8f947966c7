import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OnlineRoot, onlineRoot } from './online-root.ts'

/**
 * A root with DNF, whose programs are those of Debian 12 (there is no mirror of a distribution of RPM): a package `system` states to RPM that what the package
 * `rpm` requires is there. `more`: further packages of Debian.
 */
export function rpmRoot(t: { after(work: () => void): void }, rpm: string, ...more: readonly string[]): OnlineRoot {
  const root = onlineRoot(t, 'bookworm')
  root.ok('apt-get', 'update')
  root.ok('apt-get', 'install', '--no-install-recommends', 'dnf', 'rpm', 'zstd', 'ca-certificates', ...more)
  const folder = mkdtempSync(join(tmpdir(), 'system-rpm-'))
  try {
    const needed = execFileSync('rpm', ['-qp', '--requires', rpm], { encoding: 'utf8' }).trim().split('\n')
    const provided = new Set(needed.filter((it) => !it.startsWith('rpmlib(')))
    const spec = ['Name: system', 'Version: 1', 'Release: 1', 'Summary: x', 'License: MIT', 'BuildArch: noarch', 'AutoReq: no']
    const provides = [...provided].map((it) => `Provides: ${it}`)
    writeFileSync(join(folder, 'system.spec'), [...spec, ...provides, '%description', 'x', '%files', ''].join('\n'))
    execFileSync('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${folder}/top`, join(folder, 'system.spec')], { stdio: 'ignore' })
    const [made = ''] = globSync(join(folder, 'top/RPMS/*/*.rpm'))
    copyFileSync(made, join(root.folder, 'root/system.rpm'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  root.ok('rpm', '--initdb')
  root.ok('rpm', '-i', '--force-debian', '--nodeps', '/root/system.rpm')
  return root
}
