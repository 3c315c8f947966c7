import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A cgroup v2 of one pipeline or step: whatever its processes do (double fork, setsid, empty environment), they stay in it. */
export interface Cgroup {
  readonly path: string
  /**
   * Calls `start` (which must start its process before it returns) with ourselves inside the group, so that the child is in it from its first instruction.
   * Moving out again cannot fail where moving in worked; should it, the group is never killed.
   */
  enter<T>(start: () => T): T
  members(): readonly number[]
  /** SIGKILL to all of it at once (`cgroup.kill`, Linux 5.14), else one by one. */
  kill(): void
  /** Moves what still lives to our own cgroup (daemons that a step leaves behind), then removes the group. */
  release(): void
}

export interface Cgroups {
  make(): Cgroup
  close(): void
}

const NAME = 'holdfast-'

/** Undefined where there is no cgroup v2 that we may write to: then descendants are found by other marks. */
export function openCgroups(runId: string): Cgroups | undefined {
  const home = ownCgroup()
  if (home === undefined) return undefined
  const base = join(home, `${NAME}${runId}`)
  try {
    mkdirSync(base)
  } catch {
    return undefined
  }
  try {
    moveSelf(base)
    moveSelf(home)
  } catch {
    removeTree(base)
    return undefined
  }
  let count = 0
  return {
    make: () => makeCgroup(join(base, String(count++)), home),
    close: () => {
      removeTree(base)
    },
  }
}

function makeCgroup(path: string, home: string): Cgroup {
  mkdirSync(path)
  let trapped = false
  return {
    path,
    enter(start) {
      moveSelf(path)
      try {
        return start()
      } finally {
        try {
          moveSelf(home)
        } catch {
          trapped = true
        }
      }
    },
    members: () => (trapped ? [] : membersOf(path).filter((pid) => pid !== process.pid)),
    kill() {
      if (!trapped) killMembers(path)
    },
    release() {
      for (const pid of membersOf(path)) moveTo(home, pid)
      removeTree(path)
    },
  }
}

/** Kills and removes the cgroup of a dead run; `path` as it was recorded. True when there was one. */
export function endRecordedCgroup(path: string, runId: string): boolean {
  const base = dirname(path)
  if (basename(base) !== `${NAME}${runId}` || !existsSync(join(base, 'cgroup.procs'))) return false
  killMembers(base)
  removeTree(base)
  return true
}

/** All members below `path`, nested groups included. */
function membersOf(path: string): readonly number[] {
  try {
    const own = readFileSync(join(path, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number)
    return [...own, ...subgroups(path).flatMap(membersOf)]
  } catch {
    return []
  }
}

function killMembers(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.kill'), '1')
  } catch {
    for (const pid of membersOf(path)) killOne(pid)
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself in between.
  }
}

function removeTree(path: string): void {
  for (const sub of subgroups(path)) removeTree(sub)
  try {
    rmdirSync(path)
  } catch {
    // Still populated for an instant after a kill, or gone: an empty cgroup costs nothing, and the next sweep tries again.
  }
}

function subgroups(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name))
  } catch {
    return []
  }
}

function moveSelf(path: string): void {
  writeFileSync(join(path, 'cgroup.procs'), String(process.pid))
}

function moveTo(path: string, pid: number): void {
  try {
    writeFileSync(join(path, 'cgroup.procs'), String(pid))
  } catch {
    // It ended by itself in between.
  }
}

/** The folder of our own cgroup in the v2 hierarchy, from the mount table and `/proc/self/cgroup` (cgroups(7)). */
function ownCgroup(): string | undefined {
  try {
    const mount = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(' - cgroup2 '))
    const own = readFileSync('/proc/self/cgroup', 'utf8')
      .split('\n')
      .find((line) => line.startsWith('0::'))
    const mountPoint = mount?.split(' ')[4]
    const root = mount?.split(' ')[3]
    if (mountPoint === undefined || root === undefined || own === undefined) return undefined
    const relative = own.slice(3).startsWith(root) ? own.slice(3 + (root === '/' ? 0 : root.length)) : own.slice(3)
    return join(mountPoint, relative)
  } catch {
    return undefined
  }
}
