import { readKernelText } from '../../files/kernel.ts'
import { readSmallSync } from '../../files/read-small.ts'
import { procFolder } from './proc-folder.ts'

let knownBootId: string | undefined

/** The kernel's id of this boot; pids and start times of another boot mean nothing. */
export function bootId(): string {
  knownBootId ??= readKernelText('/proc/sys/kernel/random/boot_id').trim()
  return knownBootId
}

/**
 * Tells hosts that share a storage apart: the machine id (machine-id(5)); without one the id of this boot, which no other kernel has. Not the host's name,
 * which a container gets anew each time.
 */
export function hostId(): string {
  return machineId() ?? `boot:${bootId()}`
}

/** Whether `host`, as a run has written it down, is this one. Earlier versions put the host's name before the machine id. */
export function isThisHost(host: string): boolean {
  return host === hostId() || host.slice(host.indexOf('/') + 1) === machineId()
}

function machineId(): string | undefined {
  try {
    return /^[\da-f]{32}$/u.exec(readSmallSync('/etc/machine-id').toString('latin1').trim())?.[0]
  } catch {
    return undefined
  }
}

/** What `/proc/PID/stat` says, as far as we need it (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number
  /** One letter; `Z` is a zombie, `X` dead. */
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** CPU time used, user and system, in clock ticks. */
  readonly cpuTicks: number
  /** In clock ticks since boot. */
  readonly start: number
}

/** Undefined when there is no such process, or when we may not see it. */
export function readStat(pid: number): ProcessStat | undefined {
  const folder = procFolder(pid)
  return folder === undefined ? undefined : statIn(folder, pid)
}

/** When the process started, in clock ticks since boot; undefined when there is none. */
export function processStart(pid: number): number | undefined {
  return readStat(pid)?.start
}

/** Whether it runs still. One that nobody has waited for yet (a zombie) does not. */
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
  // The name in parentheses may itself hold blanks and parentheses: the last ")" ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (index: number) => Number(fields[index])
  return {
    pid,
    state: fields[0] ?? '?',
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12),
    start: number(19),
  }
}
