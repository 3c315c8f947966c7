import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A control group that contains the processes of one run. */
export interface ControlGroup {
  /** The files into which a process writes its id to enter it. */
  readonly entrances: readonly string[]
  cpuSeconds(): number
  /** Memory of its processes now, without files. */
  memoryBytes(): number
  /** Peak of its memory, including the page cache. */
  peakBytes(): number
  /** Removes it; fails if processes are left in it. */
  remove(): Promise<void>
}

type Version = 'cgroup v2' | 'cgroup v1'

const MOUNT = '/sys/fs/cgroup'
const LEFT_MS = 5000

/** Which control groups measure CPU time and memory here; undefined: none. A group is made for a moment to find out. */
export function findControlGroups(): Version | undefined {
  return (['cgroup v2', 'cgroup v1'] as const).find((version) => {
    const folders = foldersOf(version, `holdfast-bench-${process.pid}-test`)
    try {
      for (const folder of folders) mkdirSync(folder)
      return filesOf(version, folders).every((it) => existsSync(it))
    } catch {
      return false
    } finally {
      for (const folder of folders) if (existsSync(folder)) rmdirSync(folder)
    }
  })
}

let made = 0

export function makeControlGroup(version: Version): ControlGroup {
  made += 1
  const folders = foldersOf(version, `holdfast-bench-${process.pid}-${made}`)
  for (const folder of folders) mkdirSync(folder)
  const [cpu, memory, peak] = filesOf(version, folders)
  const read = (file: string) => readFileSync(file, 'utf8')
  return {
    entrances: folders.map((it) => join(it, 'cgroup.procs')),
    cpuSeconds: () => (version === 'cgroup v2' ? numberAfter('usage_usec', read(cpu)) / 1e6 : Number(read(cpu)) / 1e9),
    memoryBytes: () => numberAfter(version === 'cgroup v2' ? 'anon' : 'total_rss', read(memory)),
    peakBytes: () => Number(read(peak)),
    async remove() {
      for (const folder of folders) await removeGroup(folder)
    },
  }
}

function foldersOf(version: Version, name: string): readonly [string, ...string[]] {
  return version === 'cgroup v2' ? [join(MOUNT, name)] : [join(MOUNT, 'cpuacct', name), join(MOUNT, 'memory', name)]
}

function filesOf(version: Version, [first, second = first]: readonly [string, ...string[]]): readonly [cpu: string, memory: string, peak: string] {
  const [cpu, peak] = version === 'cgroup v2' ? ['cpu.stat', 'memory.peak'] : ['cpuacct.usage', 'memory.max_usage_in_bytes']
  return [join(first, cpu), join(second, 'memory.stat'), join(second, peak)]
}

/** The kernel may take a moment to forget a process that has ended. */
async function removeGroup(folder: string): Promise<void> {
  for (const until = performance.now() + LEFT_MS; ; await sleep(10))
    try {
      rmdirSync(folder)
      return
    } catch (cause) {
      if (performance.now() > until)
        throw new Error(`processes are left: ${readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n').join(', ')}`, { cause })
    }
}

function numberAfter(key: string, text: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'mu').exec(text)?.[1] ?? Number.NaN)
}
