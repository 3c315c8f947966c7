// npm run bench:versions -- OLD [PAIRS]: the table of docs/proofs/versions.md: start-up and memory of this version and of an earlier one, whose checkout is OLD.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Used {
  readonly cpuMs: number
  readonly peakMiB: number
}

const VERSIONS = ['now', 'before'] as const
const [, , old, pairs = '15'] = process.argv
if (old === undefined) throw new Error('specify the checkout of the earlier version')
const checkouts = { now: fileURLToPath(new URL('..', import.meta.url)), before: resolve(old) }
const top = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'versions-'))
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(top, 'state') }

/** Of the process with the children that it has waited for; time(1) has a resolution of 10 ms. */
function runOnce(argv: readonly string[]): Used {
  const file = join(top, 'used')
  const script = `import os,sys,resource
pid=os.fork()
if pid==0: os.execvp(sys.argv[2], sys.argv[2:])
_,status,used=os.wait4(pid,0)
open(sys.argv[1],'w').write('%f %d'%(used.ru_utime+used.ru_stime, used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))`
  const { status, stderr } = spawnSync('python3', ['-c', script, file, ...argv], { encoding: 'utf8', env: environment })
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  const [seconds = 0, kib = 0] = readFileSync(file, 'utf8').split(' ').map(Number)
  return { cpuMs: seconds * 1000, peakMiB: kib / 1024 }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function row(name: string, used: Readonly<Record<(typeof VERSIONS)[number], readonly Used[]>>): string {
  const cpu = used.now.map(({ cpuMs }, index) => cpuMs / (used.before[index]?.cpuMs ?? Number.NaN))
  const ratio = `${median(cpu).toFixed(2)} (${quantile(cpu, 0.25).toFixed(2)}–${quantile(cpu, 0.75).toFixed(2)})`
  const cells = VERSIONS.flatMap((it) => median(used[it].map(({ cpuMs }) => cpuMs)).toFixed(0))
  const memory = VERSIONS.flatMap((it) => median(used[it].map(({ peakMiB }) => peakMiB)).toFixed(1))
  return `| ${[name, ...cells.toReversed(), ratio, ...memory.toReversed()].join(' | ')} |`
}

try {
  const config = join(top, 'noop.yaml')
  writeFileSync(config, 'version: 1\ntasks: { default: { steps: [{ exec: [/bin/true] }] } }\n', { mode: 0o600 })
  for (const it of VERSIONS) {
    const { status, stderr } = spawnSync(process.execPath, [join(checkouts[it], 'tools/build.ts'), join(top, it)], {
      encoding: 'utf8',
      cwd: checkouts[it],
    })
    if (status !== 0) throw new Error(stderr)
  }
  const commands = [
    ['`--version`', ['--version']],
    ['`config check`', ['-q', '-f', config, 'config', 'check']],
    ['run of a task that does nothing', ['-q', '-f', config, 'run']],
  ] as const
  console.log('| command | CPU ms before | now | ratio of the pairs (quartiles) | MiB before | now |')
  console.log('| --- | --: | --: | --: | --: | --: |')
  for (const [name, argv] of commands) {
    const used = { now: [] as Used[], before: [] as Used[] }
    // Both at the same time of the machine, in turns first; the first pair fills the caches.
    for (let pair = 0; pair <= Number(pairs); pair++)
      for (const it of pair % 2 === 0 ? VERSIONS : VERSIONS.toReversed()) {
        const one = runOnce([join(top, it, 'holdfast'), ...argv])
        if (pair > 0) used[it].push(one)
      }
    console.log(row(name, used))
  }
  console.log(`\n${pairs} pairs; load of the machine at the end: ${loadavg()[0]?.toFixed(1)}`)
} finally {
  rmSync(top, { recursive: true, force: true })
}
