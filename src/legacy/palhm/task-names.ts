import type { Report } from '../../document/report.ts'
import { findCycle } from '../../lib/cycle.ts'
import { quoted } from '../../lib/quoted.ts'
import { member, type Value } from './values/value.ts'

/** An entry of `tasks` with the name it has in the plan. */
export interface NamedTask {
  readonly entry: Value
  readonly index: number
  readonly id: string
  /** Its id; a remark is added when a later entry of the same file has the same id. */
  readonly name: string
  /** False: a later entry has its id, so only pointers written between the two can mean it. */
  readonly current: boolean
}

export interface TaskNames {
  readonly tasks: readonly NamedTask[]
  /** The task that an entry makes; undefined for one without an id. */
  taskOf(entry: Value): NamedTask | undefined
  /**
   * The task that a pointer in `from` means: the nearest one above it that has the id, as the ancestor built them from top to bottom; else the one
   * below, which the ancestor refused.
   */
  find(id: string, from: NamedTask): NamedTask | undefined
}

/** Names every entry that has an id. Of entries of one file with the same id the last one bears it. */
export function nameTasks(entries: readonly Value[], report: Report): TaskNames {
  const bearers = new Map(entries.map((entry) => [idOf(entry), entry]))
  const tasks = entries.flatMap((entry, index) => {
    const id = idOf(entry)
    if (id === undefined) return []
    const bearer = bearers.get(id)
    const current = bearer === entry
    if (!current && bearer?.file === entry.file) report.warn(entry, `duplicate task ${quoted(id)}; the last one is used`)
    return { entry, index, id, current, name: current ? id : `${id} (replaced, line ${entry.at?.line})` }
  })
  const byEntry = new Map(tasks.map((it) => [it.entry, it]))
  const byId = Map.groupBy(tasks, (it) => it.id)
  return {
    tasks,
    taskOf: (entry) => byEntry.get(entry),
    find: (id, from) => byId.get(id)?.findLast((it) => it.index < from.index) ?? byId.get(id)?.at(-1),
  }
}

function idOf(entry: Value): string | undefined {
  const id = member(entry, 'id')?.node
  return id?.kind === 'string' ? id.value : undefined
}

/** A pointer from one task to another. */
export interface Pointer {
  readonly from: NamedTask
  readonly to: NamedTask
  readonly at: Value
}

/** Tells a circle of pointers: such a task would never end. */
export function checkPointers(pointers: readonly Pointer[], report: Report): void {
  const edges = Map.groupBy(pointers, (it) => it.from)
  const cycle = findCycle(edges.keys(), (task) => (edges.get(task) ?? []).map((it) => it.to))
  const [first, second] = cycle ?? []
  const spot = first && edges.get(first)?.find((it) => it.to === second)?.at
  if (!cycle || !spot) return
  if (first === second) report.error(spot, `task ${quoted(first.name)} runs itself`)
  else report.error(spot, `tasks run each other in a cycle: ${cycle.map((it) => quoted(it.name)).join(' → ')}`)
}
