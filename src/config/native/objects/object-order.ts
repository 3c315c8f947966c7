import type { Report, SourceLocation } from '../../../document/issue-report.ts'
import { findCycle, reachableFrom } from '../../../lib/find-cycle.ts'
import { didYouMean, quoted } from '../../../lib/quoted.ts'
import { nearest } from '../../../lib/suggest.ts'
import type { ObjectSpec } from '../../../plan/plan.ts'

/** An object of the configuration, which may correspond to several objects of the plan. */
export interface Draft {
  readonly name: string
  readonly group: string
  /** Names of objects or groups. */
  readonly after: readonly { readonly name: string; readonly at: SourceLocation }[]
  readonly at: SourceLocation
  readonly specs: readonly Omit<ObjectSpec, 'after'>[]
}

/**
 * The objects of the plan, each with all objects that it waits for, directly or indirectly. Reports unknown names and cycles. `names`: includes the
 * invalid ones.
 */
export function orderObjects(
  drafts: readonly Draft[],
  { names, report }: { readonly names: ReadonlySet<string>; readonly report: Report },
): readonly ObjectSpec[] {
  const edges = new Map(drafts.map((draft) => [draft, before(draft, drafts, { names, report })]))
  const cycle = findCycle(drafts, (it) => edges.get(it) ?? [])
  if (cycle) reportCycle(cycle, report)
  const first = new Map<Draft, number>()
  let count = 0
  for (const draft of drafts) {
    first.set(draft, count)
    count += draft.specs.length
  }
  return drafts.flatMap((draft) => {
    const waited = cycle ? [] : [...reachableFrom(draft, (it) => edges.get(it) ?? [])]
    const after = waited.flatMap((it) => it.specs.map((_, index) => (first.get(it) ?? 0) + index)).toSorted((a, b) => a - b)
    return draft.specs.map((spec) => ({ ...spec, after }))
  })
}

function before(
  draft: Draft,
  drafts: readonly Draft[],
  { names, report }: { readonly names: ReadonlySet<string>; readonly report: Report },
): readonly Draft[] {
  return draft.after.flatMap(({ name, at }) => {
    const object = drafts.filter((it) => it.name === name)
    const group = drafts.filter((it) => it.group === name)
    if (object.length > 0 && group.some((it) => it.name !== name))
      report.error(at, `${quoted(name)} is the name of both an object and a group`, 'Rename one of them.')
    if (object.length > 0) return object
    if (group.includes(draft)) report.error(at, `the object itself belongs to the group ${quoted(name)}`)
    else if (group.length === 0 && !names.has(name)) {
      const near = nearest(name, [...names, ...drafts.map((it) => it.group)])
      report.error(at, `unknown object or group ${quoted(name)}`, didYouMean(near))
    }
    return group.filter((it) => it !== draft)
  })
}

function reportCycle(cycle: readonly Draft[], report: Report): void {
  const [first] = cycle
  const spot = first?.after[0]?.at
  if (!first || !spot) return
  if (cycle.length === 2) report.error(spot, `object ${quoted(first.name)} depends on itself`)
  else report.error(spot, `circular dependency of objects: ${cycle.map((it) => quoted(it.name)).join(' → ')}`)
}
