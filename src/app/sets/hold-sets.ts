import { hostname } from 'node:os'
import { holdNameOf, putHold } from '../../backup/keep/holds.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import { wasPublished } from '../../backup/set/standing.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Host } from '../host/host.ts'
import { UsageError } from '../usage-error.ts'
import { eachRequestedStore } from './each-set-store.ts'
import type { SetsRequest } from './sets-request.ts'

export interface HoldRequest extends SetsRequest {
  /** A name, or `latest`. */
  readonly set: string
  /** Absent: the hold is ended. */
  readonly hold?: { readonly reason: string; readonly until?: string }
}

class NotHeld extends AppError {
  readonly code = 'cli/not-held'
}

/**
 * Holds a set on each storage that has it, or ends its hold. `onChanged` is called for each. Resolves with whether all storages could be used. Rejects with
 * `cli/not-held` if no storage has it, or a held one.
 */
export async function holdSets(request: HoldRequest, onChanged: (set: string, storage: string) => void, host: Host): Promise<boolean> {
  const { hold } = request
  host.signals.arm()
  let count = 0
  const change = async (sets: SetStore) => {
    const changed = await changeOn(sets, request, host)
    if (changed === undefined) return
    count += 1
    onChanged(changed, sets.label)
  }
  const isGood = await eachRequestedStore(request, host, change)
  if (count === 0 && isGood) {
    const what = hold === undefined ? `no hold of the set "${printable(request.set)}"` : `unknown set "${printable(request.set)}"`
    throw new NotHeld(what, { hint: 'See "sets" for the existing sets, and "rotate --dry-run" for those that are held.' })
  }
  return isGood
}

/** The longest reason of a hold, in characters. */
export const LONGEST_REASON = 1000

/** The end of a hold: the end of this day, in UTC. Throws `UsageError`; `option`: the option with the day. */
export function endOfHold(day: string, { option, now }: { readonly option: string; readonly now: Date }): string {
  const end = new Date(`${day}T23:59:59.999Z`)
  // The 31st of a short month would be a day of the next one.
  if (Number.isNaN(end.getTime()) || !end.toISOString().startsWith(`${day}T`))
    throw new UsageError(`invalid date "${printable(day)}"`, { hint: 'Write a day, such as 2027-12-31.' })
  if (end < now)
    throw new UsageError(`the day ${day} of ${option} has passed`, {
      hint: `Write today or a later day (in UTC), or omit ${option}: the set is held until it is released.`,
    })
  return end.toISOString()
}

function removedMeanwhile(set: string, label: string): NotHeld {
  return new NotHeld(`the set "${set}" in "${label}" is not held: it was removed meanwhile`, { hint: 'See "sets" for the existing sets.' })
}

/** The name of the set; undefined if there is nothing to change. */
async function changeOn(sets: SetStore, { set: wanted, hold }: HoldRequest, host: Host): Promise<string | undefined> {
  const call = { signal: host.signals.stop }
  const present = (await sets.list(call)).filter(wasPublished).map(({ name }) => name)
  const set = wanted === 'latest' ? present.at(-1) : present.find((name) => name === wanted)
  if (set === undefined || sets.sideFiles === undefined) return undefined
  if (hold !== undefined) {
    // Waits for the lock of the storage: a rotation reads the holds while it has it.
    await putHold(sets.sideFiles, { set, ...hold, host: hostname(), at: host.clock().toISOString() }, call)
    // On an object store, a rotation of another host may have read them before, and removed the set meanwhile.
    if (!(await sets.list(call)).filter(wasPublished).some(({ name }) => name === set)) throw removedMeanwhile(set, sets.label)
    return set
  }
  const name = holdNameOf(set)
  if (!(await sets.sideFiles.names(name, call)).includes(name)) return undefined
  await sets.sideFiles.remove(name, call)
  return set
}
