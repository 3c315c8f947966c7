import type { Report } from '../../../document/issue-report.ts'
import { findCycle, reachableFrom } from '../../../lib/find-cycle.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import { GROUP_KEYS } from '../keys.ts'
import { openFields } from '../values/fields.ts'
import { listOf, textOf, type Value } from '../values/value.ts'

export const DEFAULT_GROUP = 'default'

/** The groups of one backup task. */
export interface Groups {
  /** In the order in which their objects are started: as declared, then the implicit default group. */
  readonly names: readonly string[]
  /** The groups that must be finished before this one, directly or indirectly. */
  before(name: string): ReadonlySet<string>
}

interface Group {
  readonly value: Value
  readonly depends: readonly { readonly id: string; readonly at: Value }[]
}

/** Compiles `object-groups`. Reports unknown groups, duplicates and cycles; the result has no cycles. */
export function compileGroups(entries: readonly Value[], report: Report): Groups {
  const groups = new Map<string, Group>()
  for (const entry of entries) {
    const group = compileGroup(entry, report)
    if (group && groups.has(group.id)) report.error(entry, `duplicate group ${quoted(group.id)}`)
    else if (group) groups.set(group.id, group)
  }
  const names = groups.has(DEFAULT_GROUP) ? [...groups.keys()] : [...groups.keys(), DEFAULT_GROUP]
  const edges = new Map<string, readonly string[]>()
  for (const [id, { depends }] of groups)
    edges.set(
      id,
      depends.filter((it) => isDefined(it, names, report)).map((it) => it.id),
    )
  const cycle = findCycle(names, (name) => edges.get(name) ?? [])
  if (cycle) {
    reportCycle(cycle, groups, report)
    edges.clear()
  }
  return { names, before: (name) => reachableFrom(name, (it) => edges.get(it) ?? []) }
}

function compileGroup(entry: Value, report: Report): (Group & { readonly id: string }) | undefined {
  const fields = openFields(entry, GROUP_KEYS, { report, required: ['id'] })
  const idAt = fields?.get('id')
  const id = idAt && textOf(idAt, report)
  if (!fields || id === undefined) return undefined
  const dependsAt = fields.get('depends')
  const depends = (dependsAt && listOf(dependsAt, report)) ?? []
  return {
    id,
    value: entry,
    depends: depends.map((at) => ({ at, id: textOf(at, report) })).filter((it): it is Group['depends'][number] => it.id !== undefined),
  }
}

function isDefined({ id, at }: Group['depends'][number], names: readonly string[], report: Report): boolean {
  if (names.includes(id)) return true
  report.error(at, `unknown group ${quoted(id)}`, didYouMean(nearest(id, names)))
  return false
}

function reportCycle(cycle: readonly string[], groups: ReadonlyMap<string, Group>, report: Report): void {
  const [first = '', second = first] = cycle
  const spot = groups.get(first)?.depends.find((it) => it.id === second)?.at ?? groups.get(first)?.value
  if (!spot) return
  if (first === second) report.error(spot, `group ${quoted(first)} depends on itself`)
  else report.error(spot, `circular dependency of groups: ${cycle.map(quoted).join(' → ')}`)
}
