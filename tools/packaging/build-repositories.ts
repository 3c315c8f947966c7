import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

export interface RepositoriesCall {
  /** The folder with the packages. */
  readonly packages: string
  /** Made anew: `apt/` and `rpm/`, to be served by any web server. */
  readonly target: string
  /** The key of gpg that signs; absent: unsigned. */
  readonly key?: string
}

/**
 * Makes a repository for APT and one for DNF, each signed, with the public key beside them; packages of RPM are signed, too. Throws if `apt-ftparchive`
 * (apt-utils), `createrepo_c`, `rpmsign` or `gpg` fails.
 */
export function buildRepositories({ packages, target, key }: RepositoriesCall): void {
  const [apt, rpm] = [join(target, 'apt'), join(target, 'rpm')]
  for (const folder of [apt, rpm]) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  for (const path of globSync(join(packages, '*.deb'))) copyFileSync(path, join(apt, basename(path)))
  for (const path of globSync(join(packages, '*.rpm'))) copyFileSync(path, join(rpm, basename(path)))
  // Before the list is made, which contains their digests.
  if (key !== undefined) signPackages(rpm, key)
  const inApt = (...words: readonly string[]) => execFileSync('apt-ftparchive', words, { cwd: apt })
  const list = inApt('packages', '.')
  writeFileSync(join(apt, 'Packages'), list)
  writeFileSync(join(apt, 'Packages.gz'), gzipSync(list))
  const release = inApt('-o', 'APT::FTPArchive::Release::Origin=Holdfast', '-o', 'APT::FTPArchive::Release::Suite=stable', 'release', '.')
  writeFileSync(join(apt, 'Release'), release)
  execFileSync('createrepo_c', ['--quiet', rpm])
  if (key === undefined) return
  const gpg = (...words: readonly string[]) => execFileSync('gpg', ['--batch', '--yes', '--local-user', key, ...words], { cwd: target })
  gpg('--clearsign', '--output', 'apt/InRelease', 'apt/Release')
  gpg('--armor', '--detach-sign', '--output', 'apt/Release.gpg', 'apt/Release')
  gpg('--armor', '--detach-sign', '--output', 'rpm/repodata/repomd.xml.asc', 'rpm/repodata/repomd.xml')
  gpg('--armor', '--export', '--output', 'holdfast.asc', key)
}

/** Signs the packages in the folder, in place. The settings of the host for signing are not used. */
function signPackages(folder: string, key: string): void {
  // Debian's RPM looks for gpg2.
  const gpg = execFileSync('/bin/sh', ['-c', 'command -v gpg'], { encoding: 'utf8' }).trim()
  const defines = [`_gpg_name ${key}`, `__gpg ${gpg}`, '_gpg_sign_cmd_extra_args --batch --yes'].flatMap((it) => ['--define', it])
  const names = globSync('*.rpm', { cwd: folder })
  if (names.length > 0) execFileSync('rpmsign', [...defines, '--addsign', ...names], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
  const { values } = parseArgs({ options: { key: { type: 'string' }, packages: { type: 'string' }, to: { type: 'string' } } })
  const packages = resolve(values.packages ?? join(root, 'dist/packages'))
  const target = resolve(values.to ?? join(root, 'dist/repositories'))
  buildRepositories({ packages, target, ...(values.key !== undefined && { key: values.key }) })
  console.log(`made ${target}${values.key === undefined ? ', not signed: specify --key' : ''}`)
}
