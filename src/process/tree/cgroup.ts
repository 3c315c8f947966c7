import { basename, dirname, join } from 'node:path'
import { makeKernelFolder, readKernelSubfolders, readKernelText, removeKernelFolder, writeKernelText } from '../../files/kernel-files.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { isDeadTag, ownTag } from '../identity/process-identity.ts'
import { ProcessError } from '../process-result.ts'
import { isCgroupPath, ownCgroup } from './own-cgroup.ts'

/** A cgroup v2 of one pipeline or step: its processes remain in it whatever they do (double fork, setsid, empty environment). */
export interface Cgroup {
  readonly path: string
  /**
   * Calls `start` (which must start its process before it returns) while this process is in the group, so that the child is in it from its first
   * instruction. Moving out cannot fail if moving in succeeded; if it fails nevertheless, the group is never killed.
   */
  enter<T>(start: () => T): T
  members(): readonly number[]
  /** Sends SIGKILL to all members at once (`cgroup.kill`, Linux 5.14), otherwise individually. */
  kill(): void
  /** Moves the remaining processes to the cgroup of this process (daemons left by a step), then removes the group. */
  release(): void
}

export interface Cgroups {
  make(name: string): Cgroup
  close(): void
}

const NAME = 'holdfast-'
/** Separates the run and its process in the name of the group: the name shows a later run whether the process is dead. */
const BY = '@'

/** Undefined without a writable cgroup v2: then descendants are found by other means. */
export function openCgroups(runId: string): Cgroups | undefined {
  const home = ownCgroup()
  if (home === undefined) return undefined
  removeLeftBehind(home)
  const base = join(home, `${NAME}${runId}${BY}${ownTag()}`)
  try {
    makeKernelFolder(base)
  } catch {
    return undefined
  }
  try {
    moveTo(base, process.pid)
    moveTo(home, process.pid)
  } catch {
    removeTree(base)
    return undefined
  }
  return {
    make: (name) => makeCgroup(join(base, name), home),
    close: () => {
      removeTree(base)
    },
  }
}

function makeCgroup(path: string, home: string): Cgroup {
  try {
    makeKernelFolder(path)
  } catch (error) {
    throw unusable('create', path, { error, hint: 'Check the limits of the cgroups above it (cgroup.max.descendants, cgroup.max.depth).' })
  }
  let trapped = false
  return {
    path,
    enter(start) {
      try {
        moveTo(path, process.pid)
      } catch (error) {
        throw unusable('enter', path, { error, hint: 'Check its state (cgroup.type, cgroup.events), and what else changes the cgroups above it.' })
      }
      try {
        return start()
      } finally {
        try {
          moveTo(home, process.pid)
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
      // The kernel removes only a group without processes and without groups below it.
      if (removed(path)) return
      moveAll(path, home)
      removeTree(path)
    },
  }
}

function unusable(what: 'create' | 'enter', path: string, { error, hint }: { readonly error: unknown; readonly hint: string }): ProcessError {
  return new ProcessError('not-started', `could not ${what} the cgroup "${path}": ${systemCode(error) ?? messageOf(error)}`, { hint })
}

/** The members of a group recorded by a dead run with this id; none if the path is not that of such a group. */
export function recordedMembers(path: string, runId: string): readonly number[] {
  return isRecorded(path, runId) ? membersOf(path) : []
}

/** Removes the groups of a dead run after their remaining processes were ended. Released processes are moved to the cgroup of the run. */
export function removeRecorded(path: string, runId: string): void {
  if (!isRecorded(path, runId)) return
  moveAll(path, dirname(dirname(path)))
  removeTree(dirname(path))
}

function isRecorded(path: string, runId: string): boolean {
  const [name = ''] = basename(dirname(path)).split(BY)
  return name === `${NAME}${runId}` && isCgroupPath(path)
}

/** Removes the empty groups of dead processes: a group is still populated for a moment after a kill, and its run may end before it can be removed. */
function removeLeftBehind(home: string): void {
  for (const path of subgroups(home)) {
    const [name = '', tag = ''] = basename(path).split(BY)
    if (name.startsWith(NAME) && isDeadTag(tag) && membersOf(path).length === 0) removeTree(path)
  }
}

/** All members below `path`, including nested groups. */
function membersOf(path: string): readonly number[] {
  try {
    const own = readKernelText(join(path, 'cgroup.procs')).split('\n').filter(Boolean).map(Number)
    return [...own, ...subgroups(path).flatMap(membersOf)]
  } catch {
    return []
  }
}

function killMembers(path: string): void {
  try {
    writeKernelText(join(path, 'cgroup.kill'), '1')
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

// A process may fork after the list was read; its child is in the group then, and is found the next time.
const MOVES = 100

function moveAll(path: string, home: string): void {
  for (let round = 0; round < MOVES; round++) {
    const members = membersOf(path)
    if (members.length === 0) return
    for (const pid of members) {
      try {
        moveTo(home, pid)
      } catch {
        // It ended by itself in between.
      }
    }
  }
}

// One may remain: still populated for a moment after a kill. An empty cgroup costs nothing, and the next run removes it.
function removeTree(path: string): void {
  for (const sub of subgroups(path)) removeTree(sub)
  removed(path)
}

function removed(path: string): boolean {
  try {
    removeKernelFolder(path)
    return true
  } catch {
    return false
  }
}

function subgroups(path: string): readonly string[] {
  try {
    return readKernelSubfolders(path).map((name) => join(path, name))
  } catch {
    return []
  }
}

function moveTo(path: string, pid: number): void {
  writeKernelText(join(path, 'cgroup.procs'), String(pid))
}
