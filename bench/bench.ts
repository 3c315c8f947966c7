// npm run bench [-- ROUNDS PART]: the figures of docs/proofs/benchmarks.md, side by side on this machine. PART: startUp, small, tarZstd or incompressible. Needs some 8 GB below TMPDIR and ten minutes.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../tools/build.ts'
import { type Contestant, measuredTable } from './measure.ts'

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url))
const HOLDFAST = join(CHECKOUT, 'holdfast')
const REAL_FILES = ['usr/share', 'usr/lib/x86_64-linux-gnu'].filter((path) => existsSync(`/${path}`))
const SMALL_OBJECTS = 500
const BIG_GIB = 2

const rounds = Number(process.argv[2] ?? 5)
const wanted = process.argv[3]
const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-'))
const out = join(folder, 'out')
const state = { HOLDFAST_STATE: join(folder, 'state') }
const clear = () => {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out)
}

interface Stage {
  readonly argv: readonly string[]
  readonly ec?: string
}

function configuration(name: string, objects: readonly (readonly Stage[])[], extra: object = {}): string {
  const path = join(folder, `${name}.json`)
  const pipelines = objects.map((stages, index) => ({ path: `o${index}`, pipeline: stages.map((stage) => ({ type: 'exec-inline', ...stage })) }))
  const task = { id: 'default', type: 'backup', backend: 'localfs', 'backend-param': { root: out }, objects: pipelines }
  writeFileSync(path, JSON.stringify({ tasks: [task], ...extra }))
  return path
}

function ours(config: string): Contestant {
  return { name: 'Holdfast', argv: [HOLDFAST, '-q', '-f', config, 'run'], env: state, clear }
}

function shell(name: string, script: string): Contestant {
  return { name, argv: ['/bin/bash', '-o', 'pipefail', '-c', script], clear }
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

async function tarZstd(): Promise<string> {
  const tar = ['/bin/tar', '--warning=none', '-C', '/', '-cf', '-', ...REAL_FILES]
  const config = configuration('tar', [[{ argv: tar, ec: '<2' }, { argv: ['/usr/bin/zstd', '-qT0'] }]])
  const script = `tar --warning=none -C / -cf - ${REAL_FILES.join(' ')} | zstd -qT0 >${out}/f; sync ${out}/f; openssl dgst -sha256 ${out}/f`
  const dd = `tar --warning=none -C / -cf - ${REAL_FILES.join(' ')} | zstd -qT0 | dd bs=4096 of=${out}/f status=none`
  const peers: Contestant[] = []
  const repository = join(out, 'repository')
  if (has('restic')) {
    const env = { RESTIC_PASSWORD: 'x', RESTIC_REPOSITORY: repository, RESTIC_CACHE_DIR: join(out, 'cache') }
    const argv = ['/bin/sh', '-c', `restic init -q && restic backup -q ${REAL_FILES.map((it) => `/${it}`).join(' ')}`] as const
    peers.push({ name: 'restic (first backup, deduplicating)', argv, env, clear })
  }
  if (has('borg')) {
    const env = { BORG_REPO: repository, BORG_BASE_DIR: join(out, 'base'), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes' }
    const argv = ['/bin/sh', '-c', `borg init -e none && borg create ::a ${REAL_FILES.map((it) => `/${it}`).join(' ')}`] as const
    peers.push({ name: 'borg (first backup, deduplicating)', argv, env, clear })
  }
  return table('One object: `tar | zstd -T0` of real files, including digest and flush', 'shell', [
    ours(config),
    shell('shell', script),
    shell('PALHM-style sink (`dd`, no digest, no flush)', dd),
    ...peers,
  ])
}

async function incompressible(): Promise<string> {
  const source = join(folder, 'random')
  spawnSync('sh', ['-c', `head -c ${BIG_GIB}G /dev/urandom >${source}`])
  const config = configuration('big', [[{ argv: ['/bin/cat', source] }, { argv: ['/bin/cat'] }]])
  const script = `cat ${source} | cat >${out}/f; sync ${out}/f; openssl dgst -sha256 ${out}/f`
  const dd = `cat ${source} | cat | dd bs=4096 of=${out}/f status=none`
  const result = await table(`One object: ${BIG_GIB} GiB, incompressible, through two \`cat\``, 'shell', [
    ours(config),
    shell('shell', script),
    shell('PALHM-style sink (`dd`, no digest, no flush)', dd),
  ])
  rmSync(source)
  return result
}

async function small(): Promise<string> {
  const workers = cpus().length
  const config = configuration(
    'small',
    Array.from({ length: SMALL_OBJECTS }, (_, index) => [{ argv: ['/bin/echo', String(index)] }, { argv: ['/bin/cat'] }]),
  )
  const script = `seq ${SMALL_OBJECTS} | xargs -P ${workers} -I{} sh -c 'echo {} | cat >${out}/o{}; sync ${out}/o{}; sha256sum ${out}/o{} >>${out}/sums'`
  return table(`${SMALL_OBJECTS} objects of one line each, two stages, ${workers} in parallel, including digest and flush`, 'xargs -P', [
    ours(config),
    shell('xargs -P', script),
  ])
}

async function startUp(): Promise<string> {
  const config = join(folder, 'noop.json')
  writeFileSync(config, JSON.stringify({ tasks: [{ id: 'default', type: 'routine', routine: [{ type: 'exec-inline', argv: ['/bin/true'] }] }] }))
  const native = join(folder, 'noop.yaml')
  writeFileSync(native, 'version: 1\ntasks: { default: { steps: [{ exec: [/bin/true] }] } }\n')
  const built = join(folder, 'built')
  await buildFolder(CHECKOUT, built)
  const places = { 'the checkout': HOLDFAST, 'the built folder': join(built, 'holdfast') }
  const contestants = Object.entries(places).flatMap(([place, program]) => [
    { name: `\`--version\`, from ${place}`, argv: [program, '--version'] as const, clear },
    { ...ours(config), name: `a no-op task in PALHM's format, from ${place}`, argv: [program, '-q', '-f', config, 'run'] as const },
    { ...ours(config), name: `a no-op task in YAML, from ${place}`, argv: [program, '-q', '-f', native, 'run'] as const },
  ])
  return table('Start-up', '`--version`, from the checkout', contestants)
}

async function table(title: string, base: string, contestants: readonly Contestant[]): Promise<string> {
  return measuredTable(title, contestants, { base, rounds, digits: 3 })
}

clear()
try {
  for (const part of [startUp, small, tarZstd, incompressible]) if (wanted === undefined || part.name === wanted) console.log(await part())
} finally {
  rmSync(folder, { recursive: true, force: true })
}
