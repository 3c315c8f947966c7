import { readKernelNames } from '../../files/kernel-files.ts'
import { systemCode } from '../../lib/errors.ts'
import { bootId, isRunning, processStart, readStat, statIn } from './host-id.ts'
import { namespaceOf, numbersOf, pidNamespace } from './proc-folder.ts'

/** Identifies a process permanently: PIDs are reused, and have no meaning in another boot or PID namespace. */
export interface ProcessIdentity {
  readonly boot: string
  /** The inode of its PID namespace; absent in records of earlier versions. */
  readonly pidNamespace?: string
  readonly pid: number
  /** In clock ticks since boot; undefined if unknown. */
  readonly start: number | undefined
}

/** Identifies a process of this PID namespace. */
export function identityOf(pid: number): Required<ProcessIdentity> {
  return { boot: bootId(), pidNamespace: pidNamespace(), pid, start: processStart(pid) }
}

/** This process as a part of the name of something that is only valid in this boot. */
export function ownTag(): string {
  const { pidNamespace: namespace, pid, start } = identityOf(process.pid)
  return `${namespace}-${pid}-${start ?? 'x'}`
}

/** What is proven about a process by its tag in a name. */
export function livenessOfTag(tag: string): Liveness {
  const { namespace, pid, start } = /^(?<namespace>\d+)-(?<pid>\d+)-(?<start>\d+)$/u.exec(tag)?.groups ?? {}
  return namespace === undefined ? 'unknown' : livenessOf({ boot: bootId(), pidNamespace: namespace, pid: Number(pid), start: Number(start) })
}

/** Whether `livenessOfTag` is `dead`. Does not search for processes of other namespaces, which cannot be proven dead. */
export function isDeadTag(tag: string): boolean {
  return tag.startsWith(`${pidNamespace()}-`) && livenessOfTag(tag) === 'dead'
}

/** `unknown`: of another boot or PID namespace, or hidden; then a lock or a lease decides. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** What is proven about a process by checking it. Only processes of this boot and PID namespace can be `dead`. */
export function livenessOf(identity: ProcessIdentity): Liveness {
  const { boot, pidNamespace: namespace, pid, start } = identity
  if (boot !== bootId() || start === undefined) return 'unknown'
  if (namespace !== undefined && namespace !== pidNamespace()) return runsIn(namespace, { pid, start }) ? 'alive' : 'unknown'
  const stat = readStat(pid)
  if (stat?.start === start && isRunning(stat)) return 'alive'
  if (namespace === undefined) return 'unknown'
  // With `hidepid` (proc(5)), running processes of other users are not visible.
  return stat === undefined && exists(pid) ? 'unknown' : 'dead'
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/** Searches for a process of a nested namespace, whose processes are visible from here. */
function runsIn(namespace: string, { pid, start }: { readonly pid: number; readonly start: number }): boolean {
  return readKernelNames('/proc').some((name) => {
    if (!/^\d+$/u.test(name) || namespaceOf(name) !== namespace || numbersOf(name).at(-1) !== pid) return false
    const stat = statIn(`/proc/${name}`, pid)
    return stat !== undefined && stat.start === start && isRunning(stat)
  })
}
