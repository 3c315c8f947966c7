import { hostname } from 'node:os'
import { adoptSet } from '../../backup/keep/acceptance.ts'
import { isOfOther } from '../../backup/set/standing.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import type { Host } from '../host/host.ts'
import { eachRequestedStore } from './each-set-store.ts'
import type { SetsRequest } from './sets-request.ts'

export interface AdoptRequest extends SetsRequest {
  /** The name of the host that made the sets. */
  readonly maker: string
}

class NothingToAdopt extends AppError {
  readonly code = 'cli/nothing-to-adopt'
}

/** Makes sets of another host count as those of this one. Resolves with whether every storage could be read. Throws `cli/nothing-to-adopt`. */
export async function adoptSets(request: AdoptRequest, onAdopted: (set: string, storage: string) => void, host: Host): Promise<boolean> {
  const { maker } = request
  const call = { signal: host.signals.stop }
  const own = { name: hostname(), id: hostKey() }
  if (own.id === undefined)
    throw new NothingToAdopt('this host has no machine id, so its sets are not distinguished from those of others', {
      hint: 'No adoption is necessary. In a container, mount a permanent "/etc/machine-id" to distinguish them.',
    })
  const found = new Set<string>()
  let adopted = 0
  const isRead = await eachRequestedStore(request, host, async (sets) => {
    for (const set of await sets.list(call)) {
      if (!isOfOther(set, own) || sets.sideFiles === undefined) continue
      if (set.host !== undefined) found.add(set.host.name)
      if (set.host?.name !== maker) continue
      await adoptSet(sets.sideFiles, { set: set.name, host: own.id ?? '' }, call)
      adopted += 1
      onAdopted(set.name, sets.label)
    }
  })
  if (adopted > 0 || !isRead) return isRead
  const names = [...found].map((name) => `"${printable(name)}"`).join(', ')
  throw new NothingToAdopt(`no sets of a host "${printable(maker)}"`, {
    hint: names === '' ? 'There are no sets of other hosts.' : `Hosts with sets: ${names}.`,
  })
}
