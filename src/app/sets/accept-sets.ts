import { acceptSet } from '../../backup/keep/acceptance.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Host } from '../host/host.ts'
import { eachRequestedStore } from './each-set-store.ts'
import type { SetsRequest } from './sets-request.ts'

export interface AcceptRequest extends SetsRequest {
  /** A name, or `all`. */
  readonly set: string
}

class NothingToAccept extends AppError {
  readonly code = 'cli/nothing-to-accept'
}

/** Accepts suspicious sets, so that rotation counts them. Resolves with whether every storage could be read. Throws `cli/nothing-to-accept`. */
export async function acceptSets(request: AcceptRequest, onAccepted: (set: string, storage: string) => void, host: Host): Promise<boolean> {
  const { set: wanted } = request
  const call = { signal: host.signals.stop }
  let accepted = 0
  const isRead = await eachRequestedStore(request, host, async (sets) => {
    for (const { name, isSuspicious } of await sets.list(call)) {
      if (isSuspicious !== true || (wanted !== 'all' && wanted !== name) || sets.sideFiles === undefined) continue
      await acceptSet(sets.sideFiles, name, call)
      accepted += 1
      onAccepted(name, sets.label)
    }
  })
  if (accepted > 0 || !isRead) return isRead
  const what = wanted === 'all' ? 'no suspicious sets' : `the set "${printable(wanted)}" does not exist, or is not suspicious`
  throw new NothingToAccept(what, { hint: 'See "sets" for the sets and their states.' })
}
