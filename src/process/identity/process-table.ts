import { readlinkSync } from 'node:fs'
import { readKernelNames, readKernelText } from '../../files/kernel-files.ts'
import { isRunning, type ProcessStat, statIn } from './host-id.ts'
import { ownNumbers, processFolders, procFolder } from './proc-folder.ts'

/** All visible running processes of this PID namespace. */
export function readProcessTable(): readonly ProcessStat[] {
  const folders = processFolders()
  const own = ownNumbers(folders)
  return [...folders].flatMap(([pid, name]) => {
    const stat = statIn(`/proc/${name}`, pid)
    if (stat === undefined || !isRunning(stat)) return []
    return [{ ...stat, parent: own(stat.parent), group: own(stat.group), session: own(stat.session) }]
  })
}

/** All descendants of the roots by the chain of parents, without the roots. */
export function descendantsOf(roots: ReadonlySet<number>, table: readonly ProcessStat[]): readonly ProcessStat[] {
  const found = new Map<number, ProcessStat>()
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const stat of table) if (roots.has(stat.parent) || found.has(stat.parent)) found.set(stat.pid, stat)
  }
  return [...found.values()].filter((stat) => !roots.has(stat.pid))
}

/** The ancestors of a process. */
export function ancestorsOf(pid: number, table: readonly ProcessStat[]): ReadonlySet<number> {
  const parents = new Map(table.map((stat) => [stat.pid, stat.parent]))
  const found = new Set<number>()
  for (let it = parents.get(pid); it !== undefined && it > 0 && !found.has(it); it = parents.get(it)) found.add(it)
  return found
}

/** Whether one of the process's descriptors refers to something whose name `matches`. False if they are not accessible. */
export function holdsDescriptor(pid: number, matches: (target: string) => boolean): boolean {
  const folder = procFolder(pid)
  if (folder === undefined) return false
  let names: readonly string[]
  try {
    names = readKernelNames(`${folder}/fd`)
  } catch {
    return false
  }
  return names.some((name) => {
    try {
      return matches(readlinkSync(`${folder}/fd/${name}`))
    } catch {
      return false
    }
  })
}

/** The names of all visible running programs, as the kernel knows them (at most 15 bytes). */
export function processNames(): ReadonlySet<string> {
  const names = [...processFolders().values()].flatMap((folder) => {
    try {
      return [readKernelText(`/proc/${folder}/comm`).trim()]
    } catch {
      return []
    }
  })
  return new Set(names)
}
