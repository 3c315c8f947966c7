import { readKernelNames } from '../../files/kernel.ts'
import { systemCode } from '../../lib/errors.ts'
import { bootId, isRunning, processStart, readStat, statIn } from './host.ts'
import { namespaceOf, numbersOf, pidNamespace } from './proc-folder.ts'

/** A process named for ever: a pid is given away again, and means nothing in another boot or another pid namespace. */
export interface ProcessIdentity {
  readonly boot: string
  /** The inode of its PID namespace; absent in records of earlier versions. */
  readonly pidNamespace?: string
  readonly pid: number
  /** In clock ticks since boot; undefined when it could not be told. */
  readonly start: number | undefined
}

/** Names a process of our own pid namespace. */
export function identityOf(pid: number): Required<ProcessIdentity> {
  return { boot: bootId(), pidNamespace: pidNamespace(), pid, start: processStart(pid) }
}

/** This process as a part of a name of something that goes with this boot, or is of no use after it. */
export function ownTag(): string {
  const { pidNamespace: namespace, pid, start } = identityOf(process.pid)
  return `${namespace}-${pid}-${start ?? 'x'}`
}

/** What can be proven about a process by the tag that it has put into a name. */
export function judgeTag(tag: string): Verdict {
  const { namespace, pid, start } = /^(?<namespace>\d+)-(?<pid>\d+)-(?<start>\d+)$/u.exec(tag)?.groups ?? {}
  return namespace === undefined ? 'unknown' : judgeProcess({ boot: bootId(), pidNamespace: namespace, pid: Number(pid), start: Number(start) })
}

/** `unknown`: of another boot or pid namespace, or hidden from us; then a lock or a lease has to say. */
export type Verdict = 'alive' | 'dead' | 'unknown'

/** What can be proven about a process by looking. `dead` is said of processes of this boot and of our own pid namespace alone. */
export function judgeProcess(identity: ProcessIdentity): Verdict {
  const { boot, pidNamespace: namespace, pid, start } = identity
  if (boot !== bootId() || start === undefined) return 'unknown'
  if (namespace !== undefined && namespace !== pidNamespace()) return runsIn(namespace, { pid, start }) ? 'alive' : 'unknown'
  const stat = readStat(pid)
  if (stat?.start === start && isRunning(stat)) return 'alive'
  if (namespace === undefined) return 'unknown'
  // With `hidepid` (proc(5)) a process of another user is not seen, though it runs.
  return stat === undefined && exists(pid) ? 'unknown' : 'dead'
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/** Looks for a process of a namespace inside of ours, whose processes are seen from here too. */
function runsIn(namespace: string, { pid, start }: { readonly pid: number; readonly start: number }): boolean {
  return readKernelNames('/proc').some((name) => {
    if (!/^\d+$/u.test(name) || namespaceOf(name) !== namespace || numbersOf(name).at(-1) !== pid) return false
    const stat = statIn(`/proc/${name}`, pid)
    return stat !== undefined && stat.start === start && isRunning(stat)
  })
}
