import type { Key, OperationContext } from '../../storage/storage.ts'
import { removeSurely } from './claim-set-name.ts'
import { areOver } from './expired-markers.ts'
import { LEASE } from './lease-time.ts'
import { findMarkedSet, removeKeys } from './list-sets.ts'
import { EXPIRING_MARKER, keyOfRun, putMarker, readMarker, SWEEP_MARKERS, within } from './markers.ts'
import { sightingKey } from './observations.ts'
import { grewUnderSweep, isDecided, keysOfMarks, lookInto } from './set-markers.ts'
import { isWorthKeeping } from './set-state.ts'
import type { Sweeping } from './sweep-context.ts'

/**
 * Removes a set that was judged to be left over, under a mark of ours: with that it does not count, whatever arrives, and a run that makes it or takes it over
 * sees it. Then everything is looked at once more: if the set has become whole, or somebody lives who has a mark in it, our mark goes and all stays. Only
 * what was seen then goes. False when it stays.
 */
export async function takeApart(name: string, sweeping: Sweeping, call: OperationContext): Promise<boolean> {
  const { storage, owner, deps, isLegacyRoot } = sweeping
  const mayGoOn = within(deps)
  const mark = `${name}/${SWEEP_MARKERS}${keyOfRun(owner.runId)}`
  // Once something was asked to be removed the mark stays until all is: a request that failed may still arrive.
  let isUntouched = true
  try {
    await putMarker(storage, mark, { owner, call })
    const removal = await removalOf(name, mark, { sweeping, call })
    if (removal === undefined) return false
    const tombstone = `${name}/${EXPIRING_MARKER}`
    const leavesGrave = isLegacyRoot && removal.mayGetMore
    if (leavesGrave) await putMarker(storage, tombstone, { owner, call })
    isUntouched = false
    await removeKeys(storage, { name, keys: removal.keys.filter((key) => !(leavesGrave && key === tombstone)), last: mark, mayGoOn }, call)
    return true
  } finally {
    if (isUntouched) await removeSurely(storage, mark)
  }
}

interface Removal {
  readonly keys: readonly Key[]
  /** Whether something that was sent to it may still arrive. */
  readonly mayGetMore: boolean
}

/** Undefined when the set is not left over any more. */
async function removalOf(
  name: string,
  mark: Key,
  { sweeping, call }: { readonly sweeping: Sweeping; readonly call: OperationContext },
): Promise<Removal | undefined> {
  const { storage, deps, storeNow } = sweeping
  const look = await lookInto(storage, name, call)
  const { marks, files, newest } = look
  if (!marks.sweep.some(({ key }) => key === mark)) return undefined
  if (!(await areOver(sweeping, { name, marks, except: [mark] }, call))) return undefined
  if (!isDecided(marks) && !grewUnderSweep(look, mark)) {
    const set = await findMarkedSet(storage, name, call)
    if (set === undefined || (set.manifestPaths.length > 0 && (await isWorthKeeping(storage, set, call)))) return undefined
  }
  // What was seen of it, and by whom, goes with it, also when it was noted just now.
  const keys = new Set([...[...files.keys()].map((path) => `${name}/${path}`), ...keysOfMarks(marks), sightingKey(name, deps)])
  const owners = await Promise.all([...marks.begin, ...marks.tombstone].map(({ key }) => readMarker(storage, key, call)))
  // Who is only not heard of may go on; who is dead may have sent something just before.
  const isProven = owners.every((owner) => owner !== undefined && deps.isDead(owner))
  const isSilent = storeNow !== undefined && newest !== undefined && storeNow.getTime() - newest.getTime() >= LEASE.termMs
  return { keys: [...keys], mayGetMore: !isProven || (marks.begin.length > 0 && !isSilent) }
}
