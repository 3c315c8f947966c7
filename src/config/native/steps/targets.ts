import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { BackupTarget, KeepBuckets, KeepPolicy } from '../../../plan/plan.ts'
import type { Context } from '../context.ts'
import { lookUp } from '../references.ts'
import type { KeepInput, TargetsInput } from '../schema/tasks.ts'
import { rootOf } from '../storages/shared-roots.ts'

/** A configured storage, without the folder of the step. */
export type NamedTarget = BackupTarget & { readonly name: string }

export interface TargetsWanted {
  readonly to: TargetsInput | undefined
  readonly keep: KeepInput | undefined
}

/** The storages in "to", each with its keep policy; without it, the only configured storage. */
export function chooseTargets({ to, keep }: TargetsWanted, at: LocatedNode, context: Context): readonly NamedTarget[] | undefined {
  const wanted = to === undefined ? theOnlyStorage(at, context) : [to].flat()
  const items = itemsOf(at)
  const targets = wanted?.map((it, index) => compileTarget(it, keep, { at: items[index] ?? at, context }))
  if (!wanted || !targets?.every((it) => it !== undefined)) return undefined
  return reportDuplicate(targets, at, context) ? undefined : targets
}

function theOnlyStorage(at: LocatedNode, { report, storages, complete }: Context): readonly string[] | undefined {
  const [name, ...more] = storages.keys()
  if (name === undefined) return complete ? report.error(locationOf(at), 'no storages are configured', 'Define one under "storages".') : undefined
  if (more.length === 0) return [name]
  return report.error(locationOf(at), 'missing storage for the sets', `Set "to" to one of ${[...storages.keys()].join(', ')}.`)
}

type TargetInput = Exclude<TargetsInput, readonly unknown[]> | Extract<TargetsInput, readonly unknown[]>[number]

function compileTarget(
  input: TargetInput,
  keep: KeepInput | undefined,
  { at, context }: { readonly at: LocatedNode; readonly context: Context },
): NamedTarget | undefined {
  const wanted = typeof input === 'string' ? { storage: input } : input
  const storage = lookUp({ name: wanted.storage, what: 'storage', at: memberOf(at, 'storage') ?? at }, context.storages, context)
  return storage && { name: wanted.storage, storage, keep: compileKeep(wanted.keep ?? keep) }
}

/** A location that is listed twice would receive the set twice, or treat its own set as that of another step. */
function reportDuplicate(targets: readonly NamedTarget[], at: LocatedNode, { report }: Context): boolean {
  const places = targets.map(({ storage }) => rootOf(storage))
  const twice = targets.find((_, index) => places.indexOf(places[index]) !== index)
  if (twice === undefined) return false
  report.error(locationOf(at), `the storage ${quoted(twice.name)} has the same location as a previous one`, 'List each location once.')
  return true
}

export function compileKeep(input: KeepInput | undefined): KeepPolicy {
  const { total, proven, within, 'time-zone': timeZone, last, daily, weekly, monthly, yearly } = input ?? {}
  const rules = { last, daily, weekly, monthly, yearly, withinMs: within }
  const buckets = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)) as KeepBuckets
  return {
    ...(timeZone !== undefined && { timeZone }),
    ...(total !== undefined && { totalBytes: BigInt(total) }),
    ...(proven !== undefined && { proven }),
    ...(Object.keys(buckets).length > 0 && { buckets }),
  }
}
