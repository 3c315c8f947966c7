// npm run bench:page-cache [-- ROUNDS]: the table of docs/proofs/page-cache.md: how much of a file that other programs use stays in the page cache while a large file is
// backed up. A control group with little memory takes the place of a host. Needs root, and 3 GB below TMPDIR.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../tools/build.ts'

const rounds = Number(process.argv[2] ?? 5)
const MIB = 1024 * 1024
const HOT_MIB = 200
const BIG_MIB = 1500
/** The memory of the control group. */
const HOST_MIB = 600
/** That of the control group of the backup alone. */
const OWN_MIB = 256

const [MOUNT, LIMIT] = existsSync('/sys/fs/cgroup/memory')
  ? (['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'] as const)
  : (['/sys/fs/cgroup', 'memory.max'] as const)

const folder = mkdtempSync(join(tmpdir(), 'page-cache-'))
const hot = join(folder, 'hot')
const big = join(folder, 'big')
const out = join(folder, 'out')
const groups: string[] = []

function groupOf(name: string, mib: number): string {
  const path = join(MOUNT, `bench-${process.pid}-${name}`)
  mkdirSync(path)
  groups.push(path)
  writeFileSync(join(path, LIMIT), String(mib * MIB))
  return path
}

function run(script: string, group?: string): string {
  const enter = group === undefined ? '' : `echo $$ >${group}/cgroup.procs; `
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(folder, 'state') }
  return execFileSync('/bin/bash', ['-o', 'pipefail', '-ec', enter + script], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The parts of the file in the page cache, in percent. */
function cached(path: string): number {
  return Math.round((100 * Number(run(`fincore --noheadings --bytes --raw --output RES ${path}`))) / (HOT_MIB * MIB))
}

/** What is left of the file that others use, in percent. */
function leftAfter(script: string, where: 'host' | 'own'): number {
  const host = groupOf('host', HOST_MIB)
  const own = where === 'own' ? groupOf('own', OWN_MIB) : host
  try {
    rmSync(out, { recursive: true, force: true })
    mkdirSync(out)
    run(`sync; for file in ${hot} ${big}; do dd if=$file iflag=nocache count=0 status=none; done`)
    // Three times, as a file that is used.
    run(`for time in 1 2 3; do cat ${hot} >/dev/null; done`, host)
    if (cached(hot) !== 100) throw new Error('the file is not in the page cache')
    run(script, own)
    return cached(hot)
  } finally {
    for (const group of groups.splice(0)) rmdirSync(group)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

try {
  const program = join(folder, 'holdfast')
  await buildFolder(fileURLToPath(new URL('..', import.meta.url)), program)
  run(`head -c ${HOT_MIB}M /dev/urandom >${hot}; head -c ${BIG_MIB}M /dev/urandom >${big}`)
  const config = join(folder, 'c.yaml')
  writeFileSync(
    config,
    `version: 1\nstorages: { local: { type: localfs, root: ${out} } }\ntasks: { t: { steps: [{ backup: { compress: none, objects: { o: { exec: [cat, ${big}] } } } }] } }\n`,
    { mode: 0o600 },
  )
  const scripts = {
    nothing: 'true',
    'shell: `cat big >out; sync`': `cat ${big} >${out}/x; sync ${out}/x`,
    'shell: `cat big >out; sync`, then `sha256sum`': `cat ${big} >${out}/x; sync ${out}/x; sha256sum ${out}/x >/dev/null`,
    Holdfast: `${program}/holdfast -q -f ${config} run`,
  }
  const left = new Map<string, number[]>()
  for (let round = 0; round < rounds; round += 1)
    for (const where of ['host', 'own'] as const)
      for (const [name, script] of Object.entries(scripts)) {
        const key = `| ${name} | ${where === 'host' ? 'that of the other programs' : `its own, ${OWN_MIB} MiB`} |`
        left.set(key, [...(left.get(key) ?? []), leftAfter(script, where)])
      }
  console.log('| what runs | memory | left in the page cache: median (lowest to highest) |\n| --- | --- | --: |')
  for (const [key, values] of left) console.log(`${key} ${median(values)} % (${Math.min(...values)}–${Math.max(...values)}) |`)
  console.log(`\n${rounds} rounds; a file of ${HOT_MIB} MiB that is used, a backup of ${BIG_MIB} MiB, ${HOST_MIB} MiB of memory`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
