import { readlinkSync } from 'node:fs'
import { readKernelNames, readKernelText } from '../../files/kernel-files.ts'

// In a PID namespace without its own /proc (`unshare --pid --fork`), the visible /proc shows the processes of an outer namespace with the PIDs of
// that namespace. A PID read there must never be passed to kill(2), and the PID of this process must not be looked up there directly.

let shown: boolean | undefined

/** Whether `/proc` uses the PIDs of this namespace. */
function showsOwnNumbers(): boolean {
  shown ??= readlinkSync('/proc/self') === String(process.pid)
  return shown
}

let own: string | undefined

/** The inode of this PID namespace: a PID has no meaning in another one (pid_namespaces(7)). */
export function pidNamespace(): string {
  own ??= namespaceOf('self') ?? '-'
  return own
}

/** The inode of the PID namespace of an entry in `/proc`; undefined if the process has ended or is not accessible. */
export function namespaceOf(name: string): string | undefined {
  try {
    return /\d+/u.exec(readlinkSync(`/proc/${name}/ns/pid`))?.[0]
  } catch {
    return undefined
  }
}

/** The visible processes, by their PIDs in this namespace, each with its name in `/proc`. Processes without a PID here are omitted. */
export function processFolders(): ReadonlyMap<number, string> {
  const names = readKernelNames('/proc').filter((name) => /^\d+$/u.test(name))
  if (showsOwnNumbers()) return new Map(names.map((name) => [Number(name), name]))
  return new Map(names.flatMap((name) => (namespaceOf(name) === pidNamespace() ? [[numbersOf(name).at(-1) ?? 0, name] as const] : [])))
}

/** The folder in `/proc` of a process of this namespace; undefined if it does not exist. */
export function procFolder(pid: number): `/proc/${string}` | undefined {
  if (pid === process.pid) return '/proc/self'
  if (showsOwnNumbers()) return `/proc/${pid}`
  const name = processFolders().get(pid)
  return name === undefined ? undefined : `/proc/${name}`
}

/** Converts PIDs of `/proc` to those of this namespace: a parent or session outside of it is 0, as for the kernel. */
export function ownNumbers(folders: ReadonlyMap<number, string>): (shownPid: number) => number {
  if (showsOwnNumbers()) return (pid) => pid
  const byName = new Map([...folders].map(([pid, name]) => [Number(name), pid]))
  return (pid) => byName.get(pid) ?? 0
}

/** The PIDs of a process, from the namespace of this `/proc` inwards to its own. */
export function numbersOf(name: string): readonly number[] {
  try {
    const line = /^NSpid:\s*(.*)$/mu.exec(readKernelText(`/proc/${name}/status`))?.[1]
    return line === undefined ? [] : line.split(/\s+/u).map(Number)
  } catch {
    return []
  }
}
