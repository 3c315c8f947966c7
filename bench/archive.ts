// npm run bench:archive [-- ROUNDS FILES LEVEL]: archives of many small files beside other programs, in one run. Without LEVEL, both. Needs some 6 GB below TMPDIR or BENCH_DIR.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Contestant, measuredTable } from './measure.ts'

const ONCE = fileURLToPath(new URL('archive-once.ts', import.meta.url))
const FILES_IN_FOLDER = 250

const rounds = Number(process.argv[2] ?? 3)
const files = Number(process.argv[3] ?? 1_000_000)
const level = process.argv[4]
const top = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-archive-'))
const source = join(top, 'source')
const first = join(top, 'first')
const second = join(top, 'second')

const borg = { BORG_BASE_DIR: join(top, 'borg-base'), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' }
const restic = { RESTIC_PASSWORD: 'x', RESTIC_CACHE_DIR: join(top, 'restic-cache') }

function makeTree(): void {
  for (let folder = 0; folder < files / FILES_IN_FOLDER; folder++) {
    const path = join(source, `area${folder % 40}`, `folder-${folder}`)
    mkdirSync(path, { recursive: true })
    for (let index = 0; index < FILES_IN_FOLDER; index++)
      writeFileSync(join(path, `document-${folder}-${index}.txt`), `${folder} ${index}\n`.repeat(index % 20))
  }
}

function clear(folder: string): () => void {
  return () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
  }
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

function shell(name: string, script: string, options: Pick<Contestant, 'clear' | 'env'>): Contestant {
  return { name, argv: ['/bin/bash', '-o', 'pipefail', '-c', script], ...options }
}

/** Programs with a repository, where they are installed. */
function peers(at: string, isFirst: boolean, clearAway: () => void): readonly Contestant[] {
  const borgRepository = join(at, 'borg')
  const resticRepository = join(at, 'restic')
  const borgArchive = `borg create --compression zlib,5 ${borgRepository}::{now:%s%f} ${source}`
  const resticBackup = `restic -q -r ${resticRepository} backup ${source}`
  return [
    ...(has('borg')
      ? [shell('borg create', isFirst ? `borg init -e none ${borgRepository} && ${borgArchive}` : borgArchive, { clear: clearAway, env: borg })]
      : []),
    ...(has('restic')
      ? [
          shell('restic backup', isFirst ? `restic -q -r ${resticRepository} init && ${resticBackup}` : resticBackup, {
            clear: clearAway,
            env: restic,
          }),
        ]
      : []),
  ]
}

const snapshot = join(first, 'tar.snapshot')

async function everything(): Promise<string> {
  const clearAway = clear(first)
  return table(`Level 0 of ${files} files, compressed, flushed`, 'tar --listed-incremental, gzip -5', [
    { name: 'Holdfast', argv: [process.execPath, ONCE, source, first, '0'], clear: clearAway },
    shell('tar --listed-incremental, gzip -5', `tar --listed-incremental=${snapshot} -C ${source} -cf - . | gzip -5 >${first}/f; sync ${first}/f`, {
      clear: clearAway,
    }),
    shell('tar, pigz -5', `tar -C ${source} -cf - . | pigz -5 >${first}/f; sync ${first}/f`, { clear: clearAway }),
    ...peers(first, true, clearAway),
  ])
}

async function nothingNew(): Promise<string> {
  clear(first)()
  spawnSync(process.execPath, [ONCE, source, first, '0'], { stdio: 'inherit' })
  spawnSync('sh', ['-c', `tar --listed-incremental=${snapshot} -C ${source} -cf - . >/dev/null`])
  for (const { argv, env } of peers(first, true, () => undefined)) spawnSync(argv[0], argv.slice(1), { env: { PATH: '/usr/bin:/bin', ...env } })
  const clearAway = () => {
    rmSync(join(first, '1'), { recursive: true, force: true })
    clear(second)()
  }
  return table(`Level 1 of the same files, none of them changed`, 'find -printf', [
    { name: 'Holdfast', argv: [process.execPath, ONCE, source, first, '1'], clear: clearAway },
    shell('find -printf', `find ${source} -printf '%y%T@ %s %P\\0' | cat >/dev/null`, { clear: clearAway }),
    shell(
      'tar --listed-incremental',
      `cp ${snapshot} ${second}/s && tar --listed-incremental=${second}/s -C ${source} -cf - . | gzip -5 >${second}/f`,
      {
        clear: clearAway,
      },
    ),
    ...peers(first, false, clearAway),
  ])
}

async function table(title: string, base: string, contestants: readonly Contestant[]): Promise<string> {
  return measuredTable(title, contestants, { base, rounds, digits: 2 })
}

try {
  makeTree()
  if (level !== '1') console.log(await everything())
  if (level !== '0') console.log(await nothingNew())
} finally {
  rmSync(top, { recursive: true, force: true })
}
