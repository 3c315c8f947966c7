import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { makeArchive } from '../../src/file-sets/make/make-archive.ts'
import type { ArchiveStep } from '../../src/plan/dated-files.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { archiveFiles, archiveStep, archiveWork } from '../support/archive.ts'
import { asAttacker, attackersFolder } from '../support/attacker.ts'

export const OWNER = 'a local user whose folder is packed'
export const WRITER = 'a local user who can write to the folder of the archives'
export const NEEDS = ['root', 'setpriv', 'tar', 'python3']
export const SECRET = 'only root may read this'
export const BEGAN = '2026-03-01T02:40:00'

/** A folder that only root may enter, with files of the names that are packed. */
export function secretFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-secret-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'sub'))
  for (const name of ['file', 'sub/file', 'toc.dat']) writeFileSync(join(folder, name), SECRET, { mode: 0o600 })
  return folder
}

export function openScene(t: TestContext) {
  const home = attackersFolder(t)
  const source = join(home, 'source')
  asAttacker('mkdir -p "$1/a/sub" "$1/z"; echo mine > "$1/a/file"; echo mine > "$1/a/sub/file"; echo last > "$1/z/last"', source)
  const target = mkdtempSync(join(tmpdir(), 'holdfast-archives-'))
  t.after(() => rmSync(target, { recursive: true, force: true }))
  const processes = openProcesses({ runId: `attack-${process.pid}-${Math.random().toString(36).slice(2)}` })
  t.after(() => processes.close())
  return { home, source, target, secret: secretFolder(t), processes }
}

export type Scene = ReturnType<typeof openScene>
export type Container = 'tar' | 'zip'

export function stepOf({ source, target }: Scene, container: Container, changes: Partial<ArchiveStep> = {}): ArchiveStep {
  const extension = container === 'tar' ? 'tar.gz' : 'zip'
  const compression = container === 'tar' ? 'gzip' : 'deflate'
  return archiveStep(source, target, { container, compression, overwrite: true, files: archiveFiles(target, 0, { extension }), ...changes })
}

/** Packs, `between` scan and packing done. Everything that is in the archive, as text, and what was told. */
export async function packed(place: Scene, container: Container, between: () => void = () => undefined, changes: Partial<ArchiveStep> = {}) {
  const told = archiveWork(place.processes, BEGAN, { failpoint: (point) => point === 'archive-scanned' && between() })
  await makeArchive(stepOf(place, container, changes), told.work)
  const name = `etc-20260301_024000-0`
  const archive = join(place.target, '0', `${name}.${container === 'tar' ? 'tar.gz' : 'zip'}`)
  const content = execFileSync('python3', ['-c', READ, archive], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } })
  return { content, notes: told.notes.join('\n'), list: readFileSync(join(place.target, '0', `${name}.list`), 'utf8') }
}

const READ = `
import sys, tarfile, zipfile
path = sys.argv[1]
if path.endswith('.zip'):
  z = zipfile.ZipFile(path)
  assert z.testzip() is None
  for i in z.infolist(): print(i.filename, '=', z.read(i).decode('latin1'))
else:
  t = tarfile.open(path)
  for m in t: print(m.name, '=', t.extractfile(m).read().decode('latin1') if m.isreg() else m.linkname)
`
