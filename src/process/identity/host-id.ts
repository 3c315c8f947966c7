import { createHash } from 'node:crypto'
import { readKernelText } from '../../files/kernel-files.ts'
import { readSmallSync } from '../../files/read-small.ts'
import { procFolder } from './proc-folder.ts'

let knownBootId: string | undefined

/** The kernel's id of this boot; PIDs and start times of another boot have no meaning. */
export function bootId(): string {
  knownBootId ??= readKernelText('/proc/sys/kernel/random/boot_id').trim()
  return knownBootId
}

/**
 * Distinguishes hosts that share a storage: the machine id (machine-id(5)); if missing, the id of this boot, which is unique. Not the host name,
 * which changes with each start of a container.
 */
export function hostId(): string {
  return machineId() ?? `boot:${bootId()}`
}

/** Whether `host`, as recorded by a run, is this one. Earlier versions wrote the host name before the machine id. */
export function isThisHost(host: string): boolean {
  return host === hostId() || host.slice(host.indexOf('/') + 1) === machineId()
}

/**
 * A value for manifests that is the same for all sets of this host, also after it was renamed: derived from the machine id, which is not to be published
 * (machine-id(5)). Undefined without one.
 */
export function hostKey(): string | undefined {
  const id = machineId()
  return id === undefined ? undefined : createHash('sha256').update(`holdfast ${id}`).digest('hex').slice(0, 32)
}

let knownMachineId: string | undefined

// Asked for each set of a list.
function machineId(): string | undefined {
  try {
    knownMachineId ??= /^[\da-f]{32}$/u.exec(readSmallSync('/etc/machine-id').toString('latin1').trim())?.[0]
  } catch {
    // Read again when asked again: it may be made meanwhile.
  }
  return knownMachineId
}

/** The relevant fields of `/proc/PID/stat` (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number
  /** One letter; `Z` is a zombie, `X` dead. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** CPU time used, user and system, in clock ticks. */
  readonly cpuTicks: number
  /** CPU time of its descendants that have ended and were waited for. */
  readonly reapedTicks: number
  /** In clock ticks since boot. */
  readonly start: number
}

/** Undefined if the process does not exist or is not visible. */
export function readStat(pid: number): ProcessStat | undefined {
  const folder = procFolder(pid)
  return folder === undefined ? undefined : statIn(folder, pid)
}

/** When the process started, in clock ticks since boot; undefined if it does not exist. */
export function processStart(pid: number): number | undefined {
  return readStat(pid)?.start
}

/** Whether it is still running. A zombie (not yet reaped) is not. */
export function isRunning({ state }: ProcessStat): boolean {
  return state !== 'Z' && state !== 'X'
}

/** The same by its folder in `/proc`. */
export function statIn(folder: `/proc/${string}`, pid: number): ProcessStat | undefined {
  let text: string
  try {
    text = readKernelText(`${folder}/stat`)
  } catch {
    return undefined
  }
  // The name in parentheses may contain blanks and parentheses: the last ")" ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  return {
    pid,
    state: fields[0] ?? '?',
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12),
    reapedTicks: number(13) + number(14),
    start: number(19),
  }
}
