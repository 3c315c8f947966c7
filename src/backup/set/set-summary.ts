import type { Loaded } from './load-manifest.ts'
import type { SetSummary } from './set-store.ts'

/**
 * What a set counts as. A manifest is the commit: a set that has one is complete, also when the manifest cannot be understood (of a later version,
 * damaged, unreadable at the moment), and is then measured as it lies there. Without: legacy where the plan says so, else unfinished.
 */
export async function summaryOf(
  name: string,
  loaded: Loaded,
  { isLegacy, measure }: { readonly isLegacy: boolean; readonly measure: () => Promise<bigint> },
): Promise<SetSummary> {
  if (loaded.kind === 'ours') return { name, state: 'complete', bytes: loaded.manifest.objects.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n) }
  const bytes = await measure()
  if (loaded.kind === 'none') return { name, state: isLegacy ? 'legacy' : 'unfinished', bytes }
  return { name, state: 'complete', bytes, ...(loaded.kind === 'newer' ? { isNewer: true } : { isUnreadable: true }) }
}
