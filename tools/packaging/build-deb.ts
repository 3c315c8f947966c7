import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packageArchitecture } from './architectures.ts'
import { MAINTAINER, SUMMARY, TEXT } from './package-texts.ts'
import { type PackageFacts, pathsBelow, settle, stageTree, type TreeSources } from './package-tree.ts'
import { debScripts } from './unit-scripts.ts'

/** Intended findings of lintian: how Node.js itself is built, and the programs that are called like those that they replace. */
const OVERRIDES = [
  'embedded-library * [usr/libexec/holdfast/holdfast]',
  'hardening-no-pie [usr/libexec/holdfast/holdfast]',
  'script-with-language-extension [usr/bin/KristaBackup.py]',
  'script-with-language-extension [usr/bin/palhm.py]',
  // They are programs for Python, too: sh never reads the lines for it, and a syntax check does.
  'shell-script-fails-syntax-check [usr/bin/KristaBackup.py]',
  'shell-script-fails-syntax-check [usr/bin/palhm.py]',
]

/** Makes `holdfast_VERSION_ARCH.deb` in the folder `target`. `isQuick`: larger, for tests. Resolves with its path. */
export function buildDeb(work: string, sources: Omit<TreeSources, 'flavor'>, call: DebCall): string {
  const { facts, target, isQuick = false } = call
  const tree = join(work, 'deb')
  stageTree(tree, { ...sources, flavor: 'deb' }, facts)
  const doc = join(tree, 'usr/share/doc/holdfast')
  writeFileSync(join(doc, 'copyright'), copyright(readFileSync(join(sources.root, 'LICENSE'), 'utf8')))
  writeFileSync(join(doc, 'changelog.gz'), gzipSync(changelog(facts), { level: 9 }))
  mkdirSync(join(tree, 'usr/share/lintian/overrides'), { recursive: true })
  writeFileSync(join(tree, 'usr/share/lintian/overrides/holdfast'), OVERRIDES.map((it) => `holdfast: ${it}\n`).join(''))
  const files = pathsBelow(tree).filter((path) => lstatSync(join(tree, path)).isFile())
  const sums = files
    .filter((path) => !path.startsWith('etc/'))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, path)))
          .digest('hex')}  ${path}\n`,
    )
  const kilobytes = Math.ceil(files.reduce((sum, path) => sum + lstatSync(join(tree, path)).size, 0) / 1024)
  const architecture = packageArchitecture(call.arch).deb
  mkdirSync(join(tree, 'DEBIAN'))
  writeFileSync(join(tree, 'DEBIAN/control'), control({ version: facts.version, architecture, kilobytes }))
  writeFileSync(join(tree, 'DEBIAN/conffiles'), '/etc/holdfast/holdfast.yaml.example\n')
  writeFileSync(join(tree, 'DEBIAN/md5sums'), sums.join(''))
  for (const [name, script] of Object.entries(debScripts(readdirSync(join(tree, 'lib/systemd/system')).toSorted())))
    writeFileSync(join(tree, 'DEBIAN', name), script, { mode: 0o755 })
  settle(tree, facts.epoch)
  const made = join(target, `holdfast_${facts.version}_${architecture}.deb`)
  // dpkg of Debian 11 cannot read zstd.
  const compression = isQuick ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6']
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, made], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(facts.epoch) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return made
}

export interface DebCall {
  readonly facts: PackageFacts
  readonly target: string
  readonly isQuick?: boolean
  readonly arch?: string
}

function control({
  version,
  architecture,
  kilobytes,
}: {
  readonly version: string
  readonly architecture: string
  readonly kilobytes: number
}): string {
  return `Package: holdfast
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.28), libstdc++6 (>= 5.2), zstd
Recommends: age, cron | cron-daemon | systemd-sysv, rsync, xz-utils
Suggests: gnupg, mariadb-client, pigz, postgresql-client, rclone, unzip, zip
Section: admin
Priority: optional
Description: ${SUMMARY}
${TEXT.map((line) => ` ${line}\n`).join('')}`
}

function changelog({ version, epoch }: PackageFacts): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')
  return `holdfast (${version}) unstable; urgency=medium\n\n  * Release ${version}.\n\n -- ${MAINTAINER}  ${date}\n`
}

function copyright(license: string): string {
  const [, holder = 'the Holdfast maintainers'] = /^Copyright (?:\(c\) )?(.*)$/mu.exec(license) ?? []
  const text = license
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => (line.trim() === '' ? ' .' : ` ${line}`))
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Holdfast
Comment: The licenses of Node.js and of the packages in the executable are in
 /usr/share/doc/holdfast/LICENSES.txt.gz.

Files: *
Copyright: ${holder}
License: Expat

License: Expat
${text.join('\n')}
`
}
