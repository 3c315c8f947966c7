import { hostname } from 'node:os'
import { hostKey } from '../../process/identity/host-id.ts'
import type { Loaded } from './load-manifest.ts'
import type { Manifest } from './manifest.ts'
import type { SetSummary } from './set-store.ts'
import { isOfOther } from './standing.ts'

/** How the objects of a manifest are stored. `unknown`: this cannot be determined now. */
export type StoredState = 'complete' | 'damaged' | 'unfinished' | 'unknown'

export interface SetFacts {
  readonly isLegacy: boolean
  readonly measure: () => Promise<bigint>
  readonly storedAs: (manifest: Manifest) => Promise<StoredState>
  /** Whether a suspicious set was accepted. */
  readonly isAccepted: () => Promise<boolean>
  /** Whether the host with this id adopted the set. */
  readonly isAdoptedBy: (host: string) => Promise<boolean>
}

/**
 * The state of a set. With a valid manifest, it depends on the stored objects. With a manifest that cannot be parsed (later version, damaged, unreadable
 * at the moment), the set is complete; its size is measured then. Without one, it is legacy if the plan says so, otherwise unfinished.
 */
export async function summaryOf(
  name: string,
  loaded: Loaded,
  { isLegacy, measure, storedAs, isAccepted, isAdoptedBy }: SetFacts,
): Promise<SetSummary> {
  if (loaded.kind === 'ours') {
    const state = await storedAs(loaded.manifest)
    if (state === 'unknown') return { name, state: 'complete', bytes: totalOf(loaded.manifest), isUnreadable: true }
    const { suspicious = [], failed = [] } = loaded.manifest
    return {
      name,
      state,
      bytes: state === 'complete' ? totalOf(loaded.manifest) : await measure(),
      ...(await makerOf(loaded.manifest, isAdoptedBy)),
      ...(failed.length > 0 && { isIncomplete: true }),
      ...(suspicious.length > 0 && ((await isAccepted()) ? { isAccepted: true } : { isSuspicious: true })),
    }
  }
  const bytes = await measure()
  if (loaded.kind === 'none') return { name, state: isLegacy ? 'legacy' : 'unfinished', bytes }
  return { name, state: 'complete', bytes, ...(loaded.kind === 'newer' ? { isNewer: true } : { isUnreadable: true }) }
}

type Maker = Pick<SetSummary, 'host' | 'isAdopted' | 'isOfOther'>

/** The host that made the set, and whether this one adopted it, which is determined for sets of other hosts only. */
async function makerOf({ host: name, hostId }: Manifest, isAdoptedBy: SetFacts['isAdoptedBy']): Promise<Maker> {
  const host = { name, ...(hostId !== undefined && { id: hostId }) }
  const own = { name: hostname(), id: hostKey() }
  if (own.id === undefined || !isOfOther({ host }, own)) return { host }
  return (await isAdoptedBy(own.id)) ? { host, isAdopted: true } : { host, isOfOther: true }
}

function totalOf({ objects }: Manifest): bigint {
  return objects.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)
}
