import { readlinkSync } from 'node:fs'
import { readKernelNames, readKernelText } from '../../files/kernel.ts'

// In a pid namespace made without a /proc of its own (`unshare --pid --fork`), the /proc that is seen shows the processes of an outer namespace by
// their numbers there. A number read there must never reach kill(2), and ours must never be looked up there as it is.

let shown: boolean | undefined

/** Whether `/proc` numbers processes as our own pid namespace does. */
function showsOwnNumbers(): boolean {
  shown ??= readlinkSync('/proc/self') === String(process.pid)
  return shown
}

let own: string | undefined

/** The inode of our pid namespace: a pid means nothing in another one (pid_namespaces(7)). */
export function pidNamespace(): string {
  own ??= namespaceOf('self') ?? '-'
  return own
}

/** The inode of the pid namespace of what `/proc` shows under this name; undefined when it is gone or may not be looked at. */
export function namespaceOf(name: string): string | undefined {
  try {
    return /\d+/u.exec(readlinkSync(`/proc/${name}/ns/pid`))?.[0]
  } catch {
    return undefined
  }
}

/** The processes that we can see, by their pid in our namespace, each with its name in `/proc`. Those that have no pid here are left out. */
export function processFolders(): ReadonlyMap<number, string> {
  const names = readKernelNames('/proc').filter((name) => /^\d+$/u.test(name))
  if (showsOwnNumbers()) return new Map(names.map((name) => [Number(name), name]))
  return new Map(names.flatMap((name) => (namespaceOf(name) === pidNamespace() ? [[numbersOf(name).at(-1) ?? 0, name] as const] : [])))
}

/** The folder in `/proc` of a process of our namespace; undefined when there is none. */
export function procFolder(pid: number): `/proc/${string}` | undefined {
  if (pid === process.pid) return '/proc/self'
  if (showsOwnNumbers()) return `/proc/${pid}`
  const name = processFolders().get(pid)
  return name === undefined ? undefined : `/proc/${name}`
}

/** How `/proc` numbers what it shows, in our numbers: a parent or session outside of our namespace is 0, as the kernel has it. */
export function ownNumbers(folders: ReadonlyMap<number, string>): (shownPid: number) => number {
  if (showsOwnNumbers()) return (pid) => pid
  const byName = new Map([...folders].map(([pid, name]) => [Number(name), pid]))
  return (pid) => byName.get(pid) ?? 0
}

/** A process's pids, from the namespace of this `/proc` inwards to its own. */
export function numbersOf(name: string): readonly number[] {
  try {
    const line = /^NSpid:\s*(.*)$/mu.exec(readKernelText(`/proc/${name}/status`))?.[1]
    return line === undefined ? [] : line.split(/\s+/u).map(Number)
  } catch {
    return []
  }
}
