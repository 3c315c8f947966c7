import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** The kernel's id of this boot; pids and start times of another boot mean nothing. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
}

/** Tells hosts that share a file system apart: the machine id where there is one, always with the host's name. */
export function hostId(): string {
  return `${hostname()}/${machineId()}`
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'latin1').trim()
  } catch {
    return '-'
  }
}

/** When the process started, in clock ticks since boot; undefined when there is none. With the pid and the boot id it names a process for ever. */
export function processStart(pid: number): number | undefined {
  return readStat(pid)?.start
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

export function readStat(pid: number): ProcessStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
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
