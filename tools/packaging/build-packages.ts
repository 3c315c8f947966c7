import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildExecutable } from '../executable/build-exe.ts'
import { buildDeb } from './build-deb.ts'
import { buildRpm } from './build-rpm.ts'
import type { PackageFacts } from './package-tree.ts'

export interface PackagesCall {
  readonly root: string
  /** The folder with the executable. */
  readonly executable: string
  readonly target: string
  readonly facts: PackageFacts
  readonly isQuick?: boolean
}

/** Makes the packages in the folder `target`, with `SHA256SUMS`. Resolves with their paths. */
export function buildPackages(call: PackagesCall): { readonly deb: string; readonly rpm: string } {
  const { root, executable, target } = call
  mkdirSync(target, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'packages-'))
  try {
    const deb = buildDeb(work, { root, executable }, call)
    const rpm = buildRpm(work, { root, executable }, call)
    const sums = [deb, rpm].map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`)
    writeFileSync(join(target, 'SHA256SUMS'), sums.join(''))
    return { deb, rpm }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The version in package.json, and the time of the newest commit, or `SOURCE_DATE_EPOCH`. */
function packageFacts(root: string): PackageFacts {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }
  const given = process.env['SOURCE_DATE_EPOCH'] ?? execFileSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8' })
  return { version, epoch: Number(given) }
}

if (import.meta.main) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
  const target = resolve(process.argv[2] ?? join(root, 'dist/packages'))
  await buildExecutable(root, join(root, 'dist'))
  for (const path of Object.values(buildPackages({ root, executable: join(root, 'dist'), target, facts: packageFacts(root) })))
    console.log(`made ${path}`)
}
