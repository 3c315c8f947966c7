import type { Key, OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { LEASE } from './lease-time.ts'
import { keyOfRun, LEASES, type MarkerDeps, type MarkerOwner, putText, readText, timeOf } from './marker-files.ts'

/** A run's exclusive right to a set while it renews the lease. A lost lease cannot be regained. */
export interface Lease {
  /** Throws `backup/lease-lost` if the lease was not renewed in time, or if another run was seen to have taken it. Sends no request. */
  refuseLost(): void
  /** Reads the stored lease: rejects like `refuseLost` if its content was not stored by this run. */
  confirm(call: OperationContext): Promise<void>
  /** Ends the renewals. Resolves when no request of the lease is in progress, or after a time limit. */
  end(): Promise<void>
}

const END_LIMIT_MS = 30_000

export interface LeaseOf {
  readonly name: string
  readonly owner: MarkerOwner
  readonly deps: MarkerDeps
  /** When the name was claimed, by the clock of this host. */
  readonly claimedMs: number
}

/**
 * Stores the lease, and renews it periodically until `end`. The lease is read before each renewal: if the virtual machine was cloned during the run,
 * the second of the two copies to renew finds the lease of the first. A failed renewal is retried with the next one.
 */
export async function openLease(storage: Storage, of: LeaseOf, call: OperationContext): Promise<Lease> {
  const key = leaseKey(of)
  const time = timeOf(of.deps)
  const stop = new AbortController()
  // All contents that may be stored: a response may have been lost.
  const put = new Set<string>()
  let renewedMs = of.claimedMs
  let lost: BackupError | undefined
  let renewing: Promise<void> = Promise.resolve()
  let isRenewing = false

  const markLost = (why: string) => {
    lost ??= leaseLost(of.name, storage.label, why)
    throw lost
  }
  const refuseLost = () => {
    if (lost !== undefined) throw lost
    const sinceMs = time.nowMs() - renewedMs
    if (sinceMs > LEASE.ownTermMs) markLost(`this run could not renew it for ${Math.round(sinceMs / 60_000)} minutes`)
  }
  const confirm = async (confirmCall: OperationContext) => {
    refuseLost()
    const text = await readText(storage, key, confirmCall)
    if (text === undefined) markLost('another run removed it')
    else if (!put.has(text)) markLost('another run replaced it')
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

  // Another run may have considered the claim expired.
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
      // A renewal in progress may be stored after the set was published; without a begin marker, a lease has no effect.
      if (isRenewing) await Promise.race([renewing, time.pause(END_LIMIT_MS, stop.signal).catch(() => undefined)])
      stop.abort()
    },
  }
}

export function leaseKey({ name, owner }: { readonly name: string; readonly owner: Pick<MarkerOwner, 'runId'> }): Key {
  return `${name}/${LEASES}${keyOfRun(owner.runId)}`
}

export function leaseLost(name: string, label: string, why: string): BackupError {
  return new BackupError('lease-lost', `lost the lease of the set "${name}" in "${label}": ${why}`, {
    hint: 'Check whether this host was suspended, cloned, or disconnected from the storage, then run the task again. The unfinished set is removed.',
  })
}
