import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessStat } from '../identity/host-id.ts'
import { descendantsOf, holdsDescriptor, readProcessTable } from '../identity/process-table.ts'
import { isTool } from '../tool/run-tool.ts'
import type { Cgroup } from './cgroup.ts'
import type { TreeMark } from './process-groups.ts'
import { markOn } from './run-mark.ts'

/** A process with its start time: PIDs are reused, the combination is not. */
export interface Leader {
  readonly pid: number
  readonly start: number
}

/**
 * All descendants of some processes: the members of their cgroup, if there is one; otherwise the members of their sessions, orphans with their mark
 * or, if no mark can be set, every process that holds one of their pipes; always including the descendants of these by the chain of parents.
 */
export interface ProcessTree {
  readonly leaders: readonly Leader[]
  readonly cgroup: Cgroup | undefined
  readonly mark: TreeMark | undefined
  /** Names of the run's pipes in `/proc/PID/fd`. */
  readonly pipes: ReadonlySet<string>
}

/** All living members, without this process. */
export function membersOf(tree: ProcessTree): readonly ProcessStat[] {
  const table = readProcessTable().filter((stat) => stat.pid !== process.pid)
  const own = tree.cgroup ? inCgroup(tree.cgroup, table) : table.filter(memberOf(tree, table))
  const family = descendantsOf(new Set(own.map((stat) => stat.pid)), table)
  return [...own, ...family]
}

function inCgroup(cgroup: Cgroup, table: readonly ProcessStat[]): readonly ProcessStat[] {
  const grouped = new Set(cgroup.members())
  return table.filter((stat) => grouped.has(stat.pid))
}

function memberOf({ leaders, mark, pipes }: ProcessTree, table: readonly ProcessStat[]): (stat: ProcessStat) => boolean {
  const byPid = new Map(table.map((stat) => [stat.pid, stat]))
  const sessions = new Map(leaders.map((leader) => [leader.pid, leader]))
  const since = mark?.since ?? Math.min(...leaders.map(({ start }) => start))
  const hasMark = ({ pid }: ProcessStat) => mark !== undefined && !isTool(pid) && markOn(pid) === mark.mark
  const isOrphan = ({ parent }: ProcessStat) => mark?.isAlone() === true && (parent === process.pid || mark.reapers.has(parent))
  return (stat) => {
    // Most processes of the host are older, and need not be examined further.
    if (stat.start < since) return false
    const leader = sessions.get(stat.session)
    const now = leader && byPid.get(leader.pid)
    if (leader && now?.start === leader.start) return true
    // A session id is not reused while the session exists, but may be later: without its leader, it proves nothing.
    const inSession = leader !== undefined && now === undefined && stat.start >= leader.start
    if (mark) return (inSession || isOrphan(stat)) && hasMark(stat)
    return inSession || (pipes.size > 0 && holdsDescriptor(stat.pid, (target) => pipes.has(target)))
  }
}

/** A quick check whether processes may be left, without reading all of /proc. `pipesClosed`: no process holds the write ends of the leaders' stderr. */
export function seemsEnded(tree: ProcessTree, pipesClosed: boolean): boolean {
  if (tree.cgroup) return tree.cgroup.members().length === 0
  return pipesClosed && !tree.leaders.some(({ pid }) => sendSignal(-pid, 0))
}

/**
 * Ends the whole tree: SIGTERM, `graceMs` to exit, then SIGKILL until two successive checks find no process. Resolves with those that could not be
 * ended (uninterruptible sleep, another user); normally none.
 */
export async function endTree(tree: ProcessTree, graceMs: number): Promise<readonly ProcessStat[]> {
  const members = membersOf(tree)
  signalAll(members, 'SIGTERM')
  // A stopped process reacts only after it was continued.
  signalAll(members, 'SIGCONT')
  if (await waitUntilEmpty(tree, graceMs, 1)) return []
  return (await killUntilEmpty(tree)) ? [] : membersOf(tree)
}

/** Members that do not belong to the `living` processes: remains of ended ones. */
export function leftoversOf(tree: ProcessTree, alive: ReadonlySet<number>): readonly ProcessStat[] {
  const members = membersOf(tree)
  const family = new Set(descendantsOf(alive, members).map((stat) => stat.pid))
  return members.filter((stat) => !alive.has(stat.pid) && !alive.has(stat.session) && !family.has(stat.pid))
}

/** Sends SIGKILL to exactly these. */
export function killProcesses(processes: readonly ProcessStat[]): void {
  signalAll(processes, 'SIGKILL')
}

const KILL_WAIT_MS = 5000

async function killUntilEmpty(tree: ProcessTree): Promise<boolean> {
  for (const deadline = performance.now() + KILL_WAIT_MS; performance.now() < deadline; ) {
    tree.cgroup?.kill()
    signalAll(membersOf(tree), 'SIGKILL')
    if (await waitUntilEmpty(tree, 200, 2)) return true
  }
  return false
}

/** Checks with increasing pauses, until no process was found `times` times in a row. */
async function waitUntilEmpty(tree: ProcessTree, limitMs: number, times: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
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
