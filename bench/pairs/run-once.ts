import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contestant, Usage } from './contestant.ts'
import { type ControlGroup, findControlGroups, makeControlGroup } from './control-group.ts'
import { treeMemoryBytes } from './process-memory.ts'

const MIB = 1024 * 1024
const SAMPLE_MS = 10
const groups = findControlGroups()

/** How the memory of a tree of processes is measured here. */
export const memoryMeasure =
  groups === undefined
    ? `sum of RssAnon of all processes, sampled every ${SAMPLE_MS} ms`
    : `memory of processes: that of their control group (${groups}), without files, sampled every ${SAMPLE_MS} ms; with files: the peak that the group reports, which includes the page cache that the run filled`

// Enters the groups, then waits: the kernel takes long to move a process, which is not part of the work.
const ENTER = `times=$1 groups=$2; shift 2
while [ "$groups" -gt 0 ]; do echo $$ >"$1" || exit 125; shift; groups=$((groups - 1)); done
echo ready; read -r go
exec /usr/bin/time -q -o "$times" -f '%U %S %O' "$@" </dev/null >/dev/null`

/** Runs a contestant to its end, with this weight beside other programs, if there are control groups. Rejects if it fails, or leaves processes behind. */
export async function runOnce(contestant: Contestant, weight = 100): Promise<Usage> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-run-'))
  const group = groups && makeControlGroup(groups, weight)
  try {
    return await measured(contestant, join(folder, 'times'), group)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await group?.remove()
  }
}

async function measured({ name, argv, env }: Contestant, times: string, group?: ControlGroup): Promise<Usage> {
  const entrances = group?.entrances ?? []
  const child = spawn('/bin/sh', ['-c', ENTER, 'sh', times, String(entrances.length), ...entrances, ...argv], {
    stdio: 'pipe',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'exit')
  const closed = once(child, 'close') as Promise<[number | null]>
  await Promise.race([once(child.stdout, 'data'), exited])
  const sampling = sampleMemory(child, group)
  const before = { busy: busySeconds(), cpu: group?.cpuSeconds() ?? 0, at: performance.now() }
  child.stdin.end('go\n')
  await exited
  const wallSeconds = (performance.now() - before.at) / 1000
  const busy = busySeconds() - before.busy
  const memoryMiB = sampling.peakBytes() / MIB
  const [code] = await closed
  if (code !== 0) throw new Error(`${name} failed (exit code ${code}): ${stderr}`)
  const [user = 0, system = 0, blocks = 0] = readFileSync(times, 'utf8').trim().split(' ').map(Number)
  const cpuSeconds = group === undefined ? user + system : group.cpuSeconds() - before.cpu
  return {
    wallSeconds,
    cpuSeconds,
    // In blocks of 512 bytes, as getrusage(2) counts them.
    writtenMiB: (blocks * 512) / MIB,
    memoryMiB,
    ...(group && { cachedMiB: group.peakBytes() / MIB }),
    othersShare: Math.max(0, busy - cpuSeconds) / (wallSeconds * cpus().length),
  }
}

function sampleMemory({ pid = 0 }: ChildProcess, group?: ControlGroup): { peakBytes(): number } {
  let peak = 0
  const sample = () => {
    peak = Math.max(peak, group === undefined ? treeMemoryBytes(pid) : group.memoryBytes())
  }
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    peakBytes() {
      clearInterval(timer)
      return peak
    },
  }
}

/** What all processors have worked since the start of the system. */
function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1000, 0)
}
