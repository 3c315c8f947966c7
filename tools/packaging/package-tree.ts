import { chmodSync, copyFileSync, cpSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { NOT_SHIPPED } from '../share-files.ts'
import { renderBash, renderFish, renderZsh } from './completions.ts'
import { renderManPage } from './man-page.ts'

export interface PackageFacts {
  readonly version: string
  /** The time of the sources, in seconds: of all files in the packages. */
  readonly epoch: number
}

export interface TreeSources {
  readonly root: string
  /** The folder with the executable and its records. */
  readonly executable: string
  readonly flavor: 'deb' | 'rpm'
}

/** Folders of share/ with the path of the program. */
const WITH_PATHS = ['systemd', 'cron', 'init']

const NAMES = ['holdfast', 'palhm', 'palhm.py', 'KristaBackup.py']

/** Writes what a package contains to the folder `tree`, with the modes and times that the files have after its installation. */
export function stageTree(tree: string, { root, executable, flavor }: TreeSources, facts: PackageFacts): void {
  const { put, copy } = writerIn(tree)
  copy(join(executable, 'holdfast'), 'usr/libexec/holdfast/holdfast', 0o755)
  for (const name of NAMES.filter((it) => it !== 'palhm')) copy(join(root, name), `usr/bin/${name}`, 0o755)
  symlinkSync('holdfast', join(tree, 'usr/bin/palhm'))
  copy(join(root, 'tools/packaging/files/holdfast.yaml.example'), 'etc/holdfast/holdfast.yaml.example')
  const units = flavor === 'deb' ? 'lib/systemd/system' : 'usr/lib/systemd/system'
  const shared = (path: string) => installed(readFileSync(join(root, 'share', path), 'utf8'))
  for (const name of readdirSync(join(root, 'share/systemd'))) put(`${units}/${name}`, shared(`systemd/${name}`))
  for (const name of readdirSync(join(root, 'share')).filter((it) => !WITH_PATHS.includes(it) && !NOT_SHIPPED.includes(it)))
    cpSync(join(root, 'share', name), join(tree, 'usr/share/holdfast', name), { recursive: true })
  put('usr/share/holdfast/cron/holdfast', shared('cron/holdfast'))
  put('usr/share/holdfast/init/holdfast-boot-report', shared('init/holdfast-boot-report'), 0o755)
  put('usr/share/bash-completion/completions/holdfast', renderBash())
  put(`usr/share/zsh/${flavor === 'deb' ? 'vendor-completions' : 'site-functions'}/_holdfast`, renderZsh())
  put('usr/share/fish/vendor_completions.d/holdfast.fish', renderFish())
  const page = gzipSync(renderManPage(facts.version, new Date(facts.epoch * 1000).toISOString().slice(0, 10)), { level: 9 })
  put('usr/share/man/man8/holdfast.8.gz', page)
  for (const name of NAMES.slice(1)) symlinkSync('holdfast.8.gz', join(tree, `usr/share/man/man8/${name}.8.gz`))
  const doc = 'usr/share/doc/holdfast'
  cpSync(join(root, 'examples'), join(tree, doc, 'examples'), { recursive: true })
  put(`${doc}/holdfast.cdx.json.gz`, gzipSync(readFileSync(join(executable, 'holdfast.cdx.json')), { level: 9 }))
  const licenses = readFileSync(join(executable, 'LICENSES.txt'))
  if (flavor === 'deb') put(`${doc}/LICENSES.txt.gz`, gzipSync(licenses, { level: 9 }))
  else {
    put('usr/share/licenses/holdfast/LICENSES.txt', licenses)
    copy(join(root, 'LICENSE'), 'usr/share/licenses/holdfast/LICENSE')
  }
}

interface TreeWriter {
  put(path: string, content: string | Buffer, mode?: number): void
  copy(from: string, path: string, mode?: number): void
}

function writerIn(tree: string): TreeWriter {
  const place = (path: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    return join(tree, path)
  }
  return {
    put: (path, content, mode = 0o644) => writeFileSync(place(path), content, { mode }),
    copy: (from, path, mode = 0o644) => {
      copyFileSync(from, place(path))
      chmodSync(join(tree, path), mode)
    },
  }
}

/** A file of the checkout, for the place of the program in packages: units are at their place, and nobody has to correct a path. */
function installed(text: string): string {
  return text
    .replaceAll('/opt/holdfast/holdfast', '/usr/bin/holdfast')
    .replace(' Copy to /etc/systemd/system, correct the path, and run:', ' Enable it:')
    .replace(/ Install: cp \S+ \/etc\/systemd\/system\/; /u, ' Enable it: ')
    .replace(', correct the path, and run:', ', and run:')
    .replace(' Correct the path.', '')
}

/** All paths below the folder, sorted. */
export function pathsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
}

/** Sets the modes that do not depend on who builds, and the time of everything: otherwise two builds would differ. */
export function settle(folder: string, epoch: number): void {
  for (const path of [...pathsBelow(folder).toReversed(), '']) {
    const full = join(folder, path)
    const facts = lstatSync(full)
    if (facts.isDirectory()) chmodSync(full, 0o755)
    else if (facts.isFile()) chmodSync(full, (facts.mode & 0o100) === 0 ? 0o644 : 0o755)
    lutimesSync(full, epoch, epoch)
  }
}
