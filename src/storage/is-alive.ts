import { bootId, readStat } from '../process/host.ts'

/** A process of this host, named for ever by boot, pid and start. */
export interface ProcessName {
  readonly boot: string
  readonly pid: number
  /** In clock ticks since boot; undefined when it could not be told, and then the process counts as dead. */
  readonly start: number | undefined
}

/** Whether that very process runs still. One that nobody has waited for yet (a zombie) does not. */
export function isAlive({ boot, pid, start }: ProcessName): boolean {
  if (boot !== bootId()) return false
  const stat = readStat(pid)
  return stat !== undefined && stat.start === start && stat.state !== 'Z' && stat.state !== 'X'
}
