import { existsSync, mkdirSync, readFileSync, realpathSync, rmdirSync, writeFileSync } from 'node:fs'
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
/** What weight 100 is in cgroup v1. */
const SHARES_V1 = 1024

/** Which control groups measure CPU time and memory here; undefined: none. A group is made for a moment to find out. */
export function findControlGroups(): Version | undefined {
  return (['cgroup v2', 'cgroup v1'] as const).find((version) => {
    let folders: readonly string[] = []
    try {
      folders = makeFolders(version, `bench-${process.pid}-test`)
      return Object.values(filesOf(version, folders)).every((it) => it !== undefined)
    } catch {
      return false
    } finally {
      for (const folder of folders) rmdirSync(folder)
    }
  })
}

// Not called as the groups that Holdfast makes, which its runs remove if they find one left behind.
let made = 0

/** `weight`: of its processes together, in relation to 100 for others on the same level. Sessions within it do not count. */
export function makeControlGroup(version: Version, weight: number): ControlGroup {
  made += 1
  const folders = makeFolders(version, `bench-${process.pid}-${made}`)
  const { cpu = '', memory = '', peak = '', share = '' } = filesOf(version, folders)
  writeFileSync(share, String(version === 'cgroup v2' ? weight : Math.round((weight * SHARES_V1) / 100)))
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

function makeFolders(version: Version, name: string): readonly string[] {
  // Several controllers can have one hierarchy, under several names.
  const mounts = version === 'cgroup v2' ? [MOUNT] : ['cpuacct', 'memory', 'cpu'].map((it) => realpathSync(join(MOUNT, it)))
  const folders = [...new Set(mounts)].map((it) => join(it, name))
  for (const folder of folders) mkdirSync(folder)
  return folders
}

const FILES = {
  'cgroup v2': { cpu: 'cpu.stat', memory: 'memory.stat', peak: 'memory.peak', share: 'cpu.weight' },
  'cgroup v1': { cpu: 'cpuacct.usage', memory: 'memory.stat', peak: 'memory.max_usage_in_bytes', share: 'cpu.shares' },
} as const

function filesOf(version: Version, folders: readonly string[]): Readonly<Record<keyof (typeof FILES)[Version], string | undefined>> {
  const { cpu, memory, peak, share } = FILES[version]
  const find = (name: string) => folders.map((it) => join(it, name)).find((it) => existsSync(it))
  return { cpu: find(cpu), memory: find(memory), peak: find(peak), share: find(share) }
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
