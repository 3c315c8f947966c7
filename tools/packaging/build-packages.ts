import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
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
  /** The architecture of the executable, as Node.js calls it. Absent: that of this machine. */
  readonly arch?: string
}

/** Makes the packages in the folder `target`, with `SHA256SUMS`. Resolves with their paths. */
export function buildPackages(call: PackagesCall): { readonly deb: string; readonly rpm: string } {
  const { root, executable, target } = call
  mkdirSync(target, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'packages-'))
  try {
    const deb = buildDeb(work, { root, executable }, call)
    const rpm = buildRpm(work, { root, executable }, call)
    // Those for other architectures are there, too.
    const all = globSync('*.{deb,rpm}', { cwd: target }).toSorted()
    const sums = all.map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(target, name)))
          .digest('hex')}  ${name}\n`,
    )
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
  const { values, positionals } = parseArgs({ options: { arch: { type: 'string' } }, allowPositionals: true })
  const { arch = process.arch } = values
  const target = resolve(positionals[0] ?? join(root, 'dist/packages'))
  const isOwn = arch === process.arch
  const executable = isOwn ? join(root, 'dist') : join(root, 'dist', arch)
  if (isOwn) await buildExecutable(root, executable)
  else if (!existsSync(join(executable, 'holdfast'))) throw new Error(`make the executable first: npm run build:exe -- --arch ${arch}`)
  for (const path of Object.values(buildPackages({ root, executable, target, facts: packageFacts(root), arch }))) console.log(`made ${path}`)
}
