import { readdirSync, readlinkSync } from 'node:fs'
import { type ProcessStat, readStat } from './host.ts'

/** Every living process of the host that we can see, zombies left out. */
export function readProcessTable(): readonly ProcessStat[] {
  return processIds()
    .map(readStat)
    .filter((stat) => stat !== undefined)
    .filter(isAlive)
}

function isAlive(stat: ProcessStat): boolean {
  return stat.state !== 'Z' && stat.state !== 'X'
}

function processIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
}

/** Everything that descends from one of the roots by the chain of parents, the roots left out. */
export function descendantsOf(roots: ReadonlySet<number>, table: readonly ProcessStat[]): readonly ProcessStat[] {
  const found = new Map<number, ProcessStat>()
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const stat of table) if (roots.has(stat.parent) || found.has(stat.parent)) found.set(stat.pid, stat)
  }
  return [...found.values()].filter((stat) => !roots.has(stat.pid))
}

/** Whether one of the process's descriptors points at something whose name `matches`. False when we may not look. */
export function holdsDescriptor(pid: number, matches: (target: string) => boolean): boolean {
  let names: readonly string[]
  try {
    names = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return false
  }
  return names.some((name) => {
    try {
      return matches(readlinkSync(`/proc/${pid}/fd/${name}`))
    } catch {
      return false
    }
  })
}
