import type { Report } from '../../document/issue-report.ts'
import { findCycle } from '../../lib/find-cycle.ts'
import { quoted } from '../../lib/quoted.ts'
import { member, type Value } from './values/value.ts'

/** An entry of `tasks` with its name in the plan. */
export interface NamedTask {
  readonly entry: Value
  readonly index: number
  readonly id: string
  /** Its id; with a remark if a later entry of the same file has the same id. */
  readonly name: string
  /** False: a later entry has its id, so only references between the two can mean it. */
  readonly current: boolean
}

export interface TaskNames {
  readonly tasks: readonly NamedTask[]
  /** The task of an entry; undefined for one without an id. */
  taskOf(entry: Value): NamedTask | undefined
  /**
   * The task to which a reference in `from` refers: the nearest one above it with that id, as the ancestor built them from top to bottom; otherwise
   * the one below, which the ancestor rejected.
   */
  find(id: string, from: NamedTask): NamedTask | undefined
}

/** Assigns names to all entries with an id. Of entries with the same id in one file, the last one gets the id as its name. */
export function nameTasks(entries: readonly Value[], report: Report): TaskNames {
  const lastById = new Map(entries.map((entry) => [idOf(entry), entry]))
  const tasks = entries.flatMap((entry, index) => {
    const id = idOf(entry)
    if (id === undefined) return []
    const last = lastById.get(id)
    const current = last === entry
    if (!current && last?.file === entry.file) report.warn(entry, `duplicate task ${quoted(id)}; the last one is used`)
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

/** A reference from one task to another. */
export interface Pointer {
  readonly from: NamedTask
  readonly to: NamedTask
  readonly at: Value
}

/** Reports a cycle of references: such a task would never end. */
export function checkPointers(pointers: readonly Pointer[], report: Report): void {
  const edges = Map.groupBy(pointers, (it) => it.from)
  const cycle = findCycle(edges.keys(), (task) => (edges.get(task) ?? []).map((it) => it.to))
  const [first, second] = cycle ?? []
  const spot = first && edges.get(first)?.find((it) => it.to === second)?.at
  if (!cycle || !spot) return
  if (first === second) report.error(spot, `task ${quoted(first.name)} runs itself`)
  else report.error(spot, `tasks run each other in a cycle: ${cycle.map((it) => quoted(it.name)).join(' → ')}`)
}
