import { hostname } from 'node:os'
import { countsForRotation, decideRotation, type RotationPolicy } from '../../backup/keep/decide-rotation.ts'
import { readProtection } from '../../backup/keep/read-protection.ts'
import { rotate } from '../../backup/keep/rotate.ts'
import { type BackupEvent, callOf } from '../../backup/set/events.ts'
import { parseSetName } from '../../backup/set/set-name.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import { isOfOther } from '../../backup/set/standing.ts'
import { AppError } from '../../lib/errors.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import { hostPolicy } from '../../run/steps/backup.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { Host } from '../host/host.ts'
import { eachRequestedStore } from './each-set-store.ts'
import type { SetsRequest } from './sets-request.ts'

export interface RotateRequest extends SetsRequest {
  /** Nothing is removed. */
  readonly isDry: boolean
  /** The user confirms that the clock is right. */
  readonly isClockConfirmed: boolean
  readonly emit: (event: BackupEvent & { readonly task: string }) => void
}

class ClockBehind extends AppError {
  readonly code = 'cli/clock-behind'
}

/** Removes the sets that the keep policies do not retain, without making a new set. Resolves with whether every storage could be rotated. */
export async function rotateSets(request: RotateRequest, host: Host): Promise<boolean> {
  const { isDry, isClockConfirmed, emit: emitTo } = request
  const calling: OperationContext = { signal: host.signals.stop, ...(host.failpoint && { failpoint: host.failpoint }) }
  host.signals.arm()
  return eachRequestedStore(request, host, async (sets, owned) => {
    const emit = (event: BackupEvent) => emitTo({ ...event, task: owned.task })
    const step = owned.step.name
    const call = callOf(calling, { task: owned.task, step, emit })
    const policy = { ...hostPolicy(owned.target, { name: hostname(), id: hostKey() }), isClockConfirmed }
    const newest = await newestNotAhead(sets, { policy, now: host.clock() }, call)
    // A confirmed clock also confirms the time of the newest set.
    const current = isClockConfirmed ? newest : undefined
    if (isDry) {
      const present = await sets.list(call)
      const protection = await readProtection(sets, { present, now: host.clock() }, call)
      emit({ kind: 'rotation-decided', step, storage: sets.label, rotation: decideRotation(present, { ...policy, ...protection }, current) })
      return
    }
    for (const text of await rotate(sets, { step, policy, current, now: host.clock(), emit }, call)) emit({ kind: 'note', text })
  })
}

// Names are times: after the clock was set back, newer sets would be treated as the oldest ones.
async function newestNotAhead(
  sets: SetStore,
  { policy, now }: { readonly policy: RotationPolicy; readonly now: Date },
  call: OperationContext,
): Promise<string | undefined> {
  const newest = (await sets.list(call)).findLast((set) => countsForRotation(set) && !isOfOther(set, policy.ownHost))?.name
  if (newest === undefined || (parseSetName(newest)?.getTime() ?? 0) <= now.getTime()) return newest
  throw new ClockBehind(`no sets were removed from "${sets.label}": the clock of this host is behind the newest set "${newest}"`, {
    hint: 'Correct the clock; or, if that set has a wrong date, remove it.',
  })
}
