import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { LEASE } from './lease-time.ts'
import { keyOfRun, LEASES, type MarkerDeps, type MarkerOwner, putText, readText, timeOf } from './markers.ts'

/** A run's claim to the set that it makes, as long as it renews it. Once lost it is lost for good. */
export interface Lease {
  /** Throws `backup/lease-lost` when too much time has passed since it was renewed, or somebody was seen to have taken it. Asks nobody. */
  refuseLost(): void
  /** Looks into the storage: rejects as `refuseLost` does when what is there is not what we have put. */
  confirm(call: OperationContext): Promise<void>
  /** Renews it no more. Resolves when nothing of it is on its way, or nobody knows. */
  end(): Promise<void>
}

const END_LIMIT_MS = 30_000

export interface LeaseOf {
  readonly name: string
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  /** When the name was claimed, by our clock. */
  readonly claimedMs: number
}

/**
 * Puts the lease, and renews it until its end. Before each renewal it is read: a machine that was copied in mid-run goes on twice, and the one of the two that
 * renews second sees what the first has put. A renewal that fails is tried again at its next time.
 */
export async function openLease(storage: Storage, of: LeaseOf, call: OperationContext): Promise<Lease> {
  const key = leaseKey(of)
  const time = timeOf(of.deps)
  const stop = new AbortController()
  // All that may be there of ours: an answer may have been lost.
  const put = new Set<string>()
  let renewedMs = of.claimedMs
  let lost: BackupError | undefined
  let renewing: Promise<void> = Promise.resolve()
  let isRenewing = false

  const lose = (why: string) => {
    lost ??= leaseLost(of.name, storage.label, why)
    throw lost
  }
  const refuseLost = () => {
    if (lost !== undefined) throw lost
    const sinceMs = time.nowMs() - renewedMs
    if (sinceMs > LEASE.ownTermMs) lose(`this run could not renew it for ${Math.round(sinceMs / 60_000)} minutes`)
  }
  const confirm = async (confirmCall: OperationContext) => {
    refuseLost()
    const text = await readText(storage, key, confirmCall)
    if (text === undefined) lose('another run removed it')
    else if (!put.has(text)) lose('another run replaced it')
    refuseLost()
  }
  const renew = async (renewCall: OperationContext) => {
    const beganMs = time.nowMs()
    const text = `${JSON.stringify({ ...of.owner, count: put.size + 1, token: time.unique() })}\n`
    put.add(text)
    await putText(storage, key, { text, call: renewCall })
    renewedMs = beganMs
  }
  const renewInTurn = async () => {
    const renewCall = { signal: stop.signal }
    await confirm(renewCall)
    await renew(renewCall)
  }

  // The claim alone may have been taken for that of somebody dead.
  refuseLost()
  await renew(call)
  const stopRenewing = time.every(LEASE.renewMs, () => {
    if (isRenewing || lost !== undefined) return
    isRenewing = true
    renewing = renewInTurn()
      // A lost lease is reported at the next check; any other error may be temporary.
      .catch(() => undefined)
      .finally(() => {
        isRenewing = false
      })
  })
  return {
    refuseLost,
    confirm,
    async end() {
      stopRenewing()
      // One that is on its way may arrive after the set has appeared; alone, without the begin marker, it says nothing.
      if (isRenewing) await Promise.race([renewing, time.pause(END_LIMIT_MS, stop.signal).catch(() => undefined)])
      stop.abort()
    },
  }
}

export function leaseKey({ name, owner }: Pick<LeaseOf, 'name' | 'owner'>): Key {
  return `${name}/${LEASES}${keyOfRun(owner.runId)}`
}

export function leaseLost(name: string, label: string, why: string): BackupError {
  return new BackupError('lease-lost', `lost the lease of the set "${name}" in "${label}": ${why}`, {
    hint: 'Check whether this host was suspended, cloned, or disconnected from the storage, then run the task again. The unfinished set is removed.',
  })
}
