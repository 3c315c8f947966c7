import { setTimeout as sleep } from 'node:timers/promises'
import type { Cgroup } from './cgroup.ts'
import type { ProcessStat } from './host.ts'
import { descendantsOf, holdsDescriptor, readProcessTable } from './process-table.ts'

/** A process named for ever: pids are reused, a pid with its start time is not. */
export interface ProcessName {
  readonly pid: number
  readonly start: number
}

/**
 * Everything that descends from some processes of ours: the members of their cgroup where there is one; else the members of their sessions, what
 * descends from them by the chain of parents, whoever holds one of their pipes, and, when nothing else of the run is alive, whoever bears its mark.
 */
export interface ProcessTree {
  readonly leaders: readonly ProcessName[]
  readonly cgroup?: Cgroup | undefined
  /** Names under which our pipes appear in `/proc/PID/fd`. */
  readonly marks: ReadonlySet<string>
  /** Whether a process belongs to the tree because it bears the run's mark. */
  readonly isMarked: (pid: number) => boolean
}

/** All living members, ourselves never among them. */
export function membersOf(tree: ProcessTree): readonly ProcessStat[] {
  const table = readProcessTable().filter((stat) => stat.pid !== process.pid)
  const grouped = new Set(tree.cgroup?.members())
  const byPid = new Map(table.map((stat) => [stat.pid, stat]))
  // A session's number is not given away while the session lives, but a dead leader's may be: then only processes younger than it count.
  const leaders = tree.cgroup ? [] : tree.leaders.filter((leader) => mayOwnSession(leader, byPid))
  const sessions = new Map(leaders.map((leader) => [leader.pid, leader.start]))
  const own = table.filter((stat) => grouped.has(stat.pid) || (!tree.cgroup && isMember(tree, stat, sessions)))
  const family = descendantsOf(new Set(own.map((stat) => stat.pid)), table)
  return [...own, ...family]
}

function isMember(tree: ProcessTree, stat: ProcessStat, sessions: ReadonlyMap<number, number>): boolean {
  return (
    stat.start >= (sessions.get(stat.session) ?? Infinity) || tree.isMarked(stat.pid) || holdsDescriptor(stat.pid, (target) => tree.marks.has(target))
  )
}

function mayOwnSession(leader: ProcessName, byPid: ReadonlyMap<number, ProcessStat>): boolean {
  const now = byPid.get(leader.pid)
  return now === undefined || now.start === leader.start
}

/** A quick look whether anything may be left, without reading all of /proc. `pipesClosed`: nobody holds the write ends of the leaders' stderr. */
export function seemsEnded(tree: ProcessTree, pipesClosed: boolean): boolean {
  if (tree.cgroup) return tree.cgroup.members().length === 0
  return pipesClosed && !tree.leaders.some(({ pid }) => sendSignal(-pid, 0))
}

/**
 * Ends the whole tree: SIGTERM, `graceMs` to obey it, then SIGKILL until two looks in a row find nobody. Resolves with those that could not be
 * ended (uninterruptible sleep, another user's); normally none.
 */
export async function endTree(tree: ProcessTree, graceMs: number): Promise<readonly ProcessStat[]> {
  const members = membersOf(tree)
  signalAll(members, 'SIGTERM')
  // A stopped process obeys only once it goes on.
  signalAll(members, 'SIGCONT')
  if (await waitUntilEmpty(tree, graceMs, 1)) return []
  return (await killUntilEmpty(tree)) ? [] : membersOf(tree)
}

/** Members that belong to none of the `living` processes: what ended ones have left behind. */
export function leftoversOf(tree: ProcessTree, living: ReadonlySet<number>): readonly ProcessStat[] {
  const members = membersOf(tree)
  const family = new Set(descendantsOf(living, members).map((stat) => stat.pid))
  return members.filter((stat) => !living.has(stat.pid) && !living.has(stat.session) && !family.has(stat.pid))
}

/** SIGKILL to exactly these. */
export function killThese(processes: readonly ProcessStat[]): void {
  signalAll(processes, 'SIGKILL')
}

const KILL_PATIENCE_MS = 5000

async function killUntilEmpty(tree: ProcessTree): Promise<boolean> {
  for (const deadline = performance.now() + KILL_PATIENCE_MS; performance.now() < deadline; ) {
    tree.cgroup?.kill()
    signalAll(membersOf(tree), 'SIGKILL')
    if (await waitUntilEmpty(tree, 200, 2)) return true
  }
  return false
}

/** Looks with growing pauses; `times` looks in a row must find nobody. */
async function waitUntilEmpty(tree: ProcessTree, patienceMs: number, times: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  for (let pauseMs = 2, empty = 0; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    empty = membersOf(tree).length === 0 ? empty + 1 : 0
    if (empty >= times) return true
    if (performance.now() >= deadline) return false
    await sleep(Math.min(pauseMs, Math.max(1, deadline - performance.now())))
  }
}

function signalAll(members: readonly ProcessStat[], signal: NodeJS.Signals): void {
  for (const { pid } of members) sendSignal(pid, signal)
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
