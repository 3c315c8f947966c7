import type { Loaded } from './load-manifest.ts'
import type { SetSummary } from './set-store.ts'

/**
 * The state of a set by its manifest. With a manifest, it is complete, even if the manifest cannot be understood (later version, damaged, unreadable
 * at the moment); its size is measured then. Without one, it is legacy if the plan says so, otherwise unfinished.
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
