import { readlinkSync } from 'node:fs'
import { readKernelNames, readKernelText } from '../../files/kernel-files.ts'
import { statIn } from '../identity/host-id.ts'
import { procFolder } from '../identity/proc-folder.ts'
import type { Leader } from '../tree/process-tree.ts'

/** The counters of a stage since it started, with those of its descendants, and what it currently waits for. */
export interface Counters {
  /** Of all reads by processes with the stdin of the stage; undefined if they cannot be examined. */
  readonly readBytes: number | undefined
  /** Of all writes of the processes that have its stdout. */
  readonly writtenBytes: number | undefined
  readonly cpuTicks: number
  readonly waits: 'input' | 'output' | 'disk' | undefined
}

// Limits the work for stages with very many processes or threads.
const MAX_PROCESSES = 20
const MAX_THREADS = 16

type Folder = `/proc/${string}`

/**
 * Examines a stage: the process that was started, whatever program it executes by now, and its descendants, because it may be a shell or a wrapper that
 * waits for another. Undefined if it has ended, also if its PID was reused.
 */
export function readCounters({ pid, start }: Leader): Counters | undefined {
  const folder = procFolder(pid)
  const stat = folder && statIn(folder, pid)
  if (folder === undefined || stat === undefined || stat.start !== start) return undefined
  const members = familyOf(folder)
  const [readers, writers] = members.length === 1 ? [members, members] : [sharing(members, 0), sharing(members, 1)]
  const stats = members.flatMap((it) => statIn(it, pid) ?? [])
  return {
    readBytes: sumOf(readers, 'rchar'),
    writtenBytes: sumOf(writers, 'wchar'),
    // That of ended descendants is counted by the process that waited for them.
    cpuTicks: stats.reduce((sum, it) => sum + it.cpuTicks + it.reapedTicks, 0),
    waits: waitOf(readers, writers) ?? (stats.some(({ state }) => state === 'D') ? 'disk' : undefined),
  }
}

/** The process and its descendants. Without the kernel's list of children (CONFIG_PROC_CHILDREN), only the process. */
function familyOf(folder: Folder): readonly [Folder, ...Folder[]] {
  const family: [Folder, ...Folder[]] = [folder]
  for (let index = 0; index < family.length && family.length < MAX_PROCESSES; index++) {
    const at = family[index] ?? folder
    // In the first thread of a process: those of a shell or a wrapper have no other.
    const children = textOf(`${at}/task/${at.slice('/proc/'.length)}/children`)
    for (const child of children?.split(' ') ?? []) if (child !== '') family.push(`/proc/${child}`)
  }
  return family
}

/** The members with the same file at this descriptor as the first one: others of a pipeline inside the stage use other pipes. */
function sharing(members: readonly [Folder, ...Folder[]], fd: 0 | 1): readonly Folder[] {
  const target = targetOf(members[0], fd)
  return target === undefined ? [members[0]] : members.filter((it) => targetOf(it, fd) === target)
}

function targetOf(folder: Folder, fd: number): string | undefined {
  try {
    return readlinkSync(`${folder}/fd/${fd}`)
  } catch {
    return undefined
  }
}

function sumOf(members: readonly Folder[], counter: 'rchar' | 'wchar'): number | undefined {
  const counts = members.flatMap((it) => {
    const count = new RegExp(`^${counter}: (\\d+)`, 'mu').exec(textOf(`${it}/io`) ?? '')?.[1]
    return count === undefined ? [] : [Number(count)]
  })
  return counts.length === 0 ? undefined : counts.reduce((sum, it) => sum + it, 0)
}

// The names of the functions in which the kernel waits, from version 5.5 on, and from 6.14 on. Before, one function waited for both.
const IN_READ = /pipe_read$/u
const IN_WRITE = /pipe_write$/u

function waitOf(readers: readonly Folder[], writers: readonly Folder[]): Counters['waits'] {
  if (writers.some((it) => placesOf(it).some((place) => IN_WRITE.test(place)))) return 'output'
  return readers.some((it) => placesOf(it).some((place) => IN_READ.test(place))) ? 'input' : undefined
}

/** The function of the kernel in which each thread waits; "0" if it is running or may not be examined. */
function placesOf(folder: Folder): readonly string[] {
  try {
    const threads = readKernelNames(`${folder}/task`).slice(0, MAX_THREADS)
    return threads.flatMap((thread) => textOf(`${folder}/task/${thread}/wchan`) ?? [])
  } catch {
    return []
  }
}

function textOf(path: string): string | undefined {
  try {
    return readKernelText(path)
  } catch {
    return undefined
  }
}
