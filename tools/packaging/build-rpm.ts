import { execFileSync } from 'node:child_process'
import { copyFileSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageArchitecture } from './architectures.ts'
import type { DebCall } from './build-deb.ts'
import { MAINTAINER, SUMMARY, TEXT } from './package-texts.ts'
import { pathsBelow, settle, stageTree, type TreeSources } from './package-tree.ts'
import { rpmScriptlets } from './unit-scripts.ts'

/** Folders that belong to the package; others belong to the system. */
const OWN_FOLDER = /^(?:etc\/holdfast|usr\/(?:libexec|share|share\/doc|share\/licenses)\/holdfast)(?:\/|$)/u

/** Makes `holdfast-VERSION-1.ARCH.rpm` in the folder `target`. Resolves with its path. */
export function buildRpm(work: string, sources: Omit<TreeSources, 'flavor'>, { facts, target, isQuick = false, arch }: DebCall): string {
  const tree = join(work, 'rpm')
  stageTree(tree, { ...sources, flavor: 'rpm' }, facts)
  settle(tree, facts.epoch)
  const top = join(work, 'rpmbuild')
  mkdirSync(top)
  const spec = join(work, 'holdfast.spec')
  writeFileSync(spec, specOf(tree, { ...facts, payload: isQuick ? 'w1.gzdio' : 'w6.xzdio' }))
  const machine = packageArchitecture(arch).rpm
  const defines = [`_topdir ${top}`, `tree ${tree}`].flatMap((it) => ['--define', it])
  execFileSync('rpmbuild', ['-bb', '--quiet', '--target', `${machine}-linux`, ...defines, spec], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(facts.epoch) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const folder = join(top, 'RPMS', machine)
  const [name = ''] = readdirSync(folder)
  copyFileSync(join(folder, name), join(target, basename(name)))
  return join(target, basename(name))
}

function specOf(tree: string, { version, epoch, payload }: { readonly version: string; readonly epoch: number; readonly payload: string }): string {
  const files = pathsBelow(tree).flatMap((path) => {
    if (lstatSync(join(tree, path)).isDirectory()) return OWN_FOLDER.test(path) ? [`%dir "/${path}"`] : []
    if (path.startsWith('etc/')) return [`%config(noreplace) "/${path}"`]
    if (path.startsWith('usr/share/licenses/')) return [`%license "/${path}"`]
    return [path.startsWith('usr/share/man/') || path.startsWith('usr/share/doc/') ? `%doc "/${path}"` : `"/${path}"`]
  })
  const units = readdirSync(join(tree, 'usr/lib/systemd/system')).toSorted()
  const date = new Date(epoch * 1000)
    .toUTCString()
    .replace(/^(?<day>\w+), (?<date>\d+) (?<month>\w+) (?<year>\d+) .*$/u, '$<day> $<month> $<date> $<year>')
  // Stripping the executable would destroy it.
  return `%global debug_package %{nil}
%global __os_install_post %{nil}
%global __strip /bin/true
%global _build_id_links none
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _buildhost reproducible
%define _binary_payload ${payload}
%define _binary_filedigest_algorithm 8
Name: holdfast
Version: ${version}
Release: 1
Summary: ${SUMMARY.charAt(0).toUpperCase()}${SUMMARY.slice(1)}
License: MIT
Group: Applications/System
Packager: ${MAINTAINER}
Requires: tar, zstd
Recommends: rsync, xz
%description
${TEXT.map((line) => (line === '.' ? '' : line)).join('\n')}
%install
cp -a %{tree}/. %{buildroot}/
${rpmScriptlets(units)}%files
${files.join('\n')}
%changelog
* ${date} ${MAINTAINER} - ${version}-1
- Release ${version}.
`
}
