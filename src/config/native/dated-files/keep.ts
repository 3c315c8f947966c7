import type { KeepBuckets, KeepPolicy } from '../../../plan/plan.ts'
import type { KeepInput } from '../schema/tasks.ts'

export function compileKeep(input: KeepInput | undefined): KeepPolicy {
  const { total, within, last, daily, weekly, monthly, yearly } = input ?? {}
  const rules = { last, daily, weekly, monthly, yearly, withinMs: within }
  const buckets = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)) as KeepBuckets
  return { ...(total !== undefined && { totalBytes: BigInt(total) }), ...(Object.keys(buckets).length > 0 && { buckets }) }
}
