// npm run bench:forms [-- ROUNDS]: the table of docs/proofs/forms.md: size, start-up and memory of the forms in which the program is installed.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildFolder } from '../tools/build.ts'
import { buildExecutable } from '../tools/executable/build-exe.ts'

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url))
const rounds = Number(process.argv[2] ?? 9)
const top = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'forms-'))

interface Used {
  readonly wallMs: number
  readonly cpuMs: number
  readonly peakMiB: number
}

function runOnce(argv: readonly string[]): Used {
  const file = join(top, 'time')
  const { status, stderr } = spawnSync('/usr/bin/time', ['-o', file, '-f', '%e %U %S %M', ...argv], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(top, 'state') },
  })
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  const [wall = 0, user = 0, system = 0, kib = 0] = readFileSync(file, 'utf8').trim().split(' ').map(Number)
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, peakMiB: kib / 1024 }
}

function median(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(0)
}

function megabytes(...paths: readonly string[]): string {
  const total =
    execFileSync('du', ['-scb', '--apparent-size', ...paths], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1) ?? '0'
  return (Number.parseInt(total, 10) / 1e6).toFixed(0)
}

try {
  const config = join(top, 'noop.yaml')
  writeFileSync(config, 'version: 1\ntasks: { default: { steps: [{ exec: [/bin/true] }] } }\n', { mode: 0o600 })
  await buildFolder(CHECKOUT, join(top, 'folder'))
  await buildExecutable(CHECKOUT, join(top, 'exe'))
  // As in a package: the launcher, and the executable that it finds.
  for (const it of ['bin', 'libexec/holdfast']) mkdirSync(join(top, it), { recursive: true })
  execFileSync('cp', [join(CHECKOUT, 'holdfast'), join(top, 'bin/holdfast')])
  execFileSync('ln', [join(top, 'exe/holdfast'), join(top, 'libexec/holdfast/holdfast')])
  const forms = [
    ['checkout', join(CHECKOUT, 'holdfast'), megabytes(...['src', 'share', 'node_modules'].map((it) => join(CHECKOUT, it)))],
    ['folder (`npm run build`)', join(top, 'folder/holdfast'), megabytes(join(top, 'folder'))],
    ['executable (`npm run build:exe`)', join(top, 'exe/holdfast'), megabytes(join(top, 'exe/holdfast'))],
    ['executable by the launcher of the packages', join(top, 'bin/holdfast'), megabytes(join(top, 'exe/holdfast'))],
  ] as const
  const used = new Map(forms.map(([name]) => [name, { version: [] as Used[], run: [] as Used[] }]))
  // In turn, so that a slow moment of the machine meets all of them; the first round is not counted.
  for (let round = 0; round <= rounds; round++)
    for (const [name, program] of forms) {
      const [version, run] = [runOnce([program, '--version']), runOnce([program, '-q', '-f', config, 'run'])]
      if (round === 0) continue
      used.get(name)?.version.push(version)
      used.get(name)?.run.push(run)
    }
  const cells = (all: readonly Used[]) =>
    `${median(all.map((it) => it.wallMs))} / ${median(all.map((it) => it.cpuMs))} | ${median(all.map((it) => it.peakMiB))}`
  console.log('| form | MB | `--version`: wall / CPU ms | MiB | run of a task that does nothing: wall / CPU ms | MiB |')
  console.log('| --- | --: | --: | --: | --: | --: |')
  for (const [name, , size] of forms)
    console.log(`| ${name} | ${size} | ${cells(used.get(name)?.version ?? [])} | ${cells(used.get(name)?.run ?? [])} |`)
  console.log(`\n${rounds} rounds; load of the machine at the end: ${loadavg()[0]?.toFixed(1)}`)
} finally {
  rmSync(top, { recursive: true, force: true })
}
