import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import type { BackupEvent, Rotation } from '../set/events.ts'
import { compareSetNames } from '../set/set-name.ts'
import type { SetStore, SetSummary } from '../set/set-store.ts'
import { removeSideFiles, removeVerifications } from '../set/side-files.ts'
import { isWhole } from '../set/standing.ts'
import { decideRotation, type RotationPolicy } from './decide-rotation.ts'
import { removeExpiredRecords } from './expired-records.ts'
import { confirmedTime, isHeld, readProtection } from './read-protection.ts'

export interface RotationRequest {
  /** The name of the backup step, for events. */
  readonly step: string
  readonly policy: RotationPolicy
  /** The new set; undefined for a rotation without one. */
  readonly current: string | undefined
  /** Whether `current` was published right before: then it must be there, and readable. */
  readonly isJustPublished?: boolean
  /** Absent: no hold has ended. */
  readonly now?: Date
  readonly emit: (event: BackupEvent) => void
}

/**
 * Lists, decides, expires, oldest first; acquires `exclusively` itself. Resolves with notes. The new set is never removed, whatever fails.
 *
 * Rejects with `backup/rotation-failed` at the end if a set could not be removed. The others are still removed: one set that can never be removed
 * must not let the storage fill up. Only an unreachable storage, or an abort, ends it immediately.
 */
export async function rotate(sets: SetStore, request: RotationRequest, call: OperationContext): Promise<readonly string[]> {
  const { step, policy, current, isJustPublished = false, now, emit } = request
  try {
    return await sets.exclusively(call, async () => {
      const present = await listWith(sets, isJustPublished ? current : undefined, call)
      const { recordNames: names = [], ...protection } = await readProtection(sets, { present, current, ...(now && { now }) }, call)
      const rotation = decideRotation(present, { ...policy, ...protection }, current)
      emit({ kind: 'rotation-decided', step, storage: sets.label, rotation })
      const expiry = {
        now: now && confirmedTime(present, { current, now }),
        call,
        onExpired: (set: string) => emit({ kind: 'set-expired', step, storage: sets.label, set }),
      }
      const heldSince = await expireAll(sets, rotation, expiry)
      if (now !== undefined && rotation.skipped === undefined) await removeExpiredRecords(sets, { names, present, current, now }, call)
      return [
        ...heldSince.map((name) => `kept the set "${name}" in "${sets.label}": it has been held since this rotation began`),
        ...(rotation.skipped === undefined ? [] : [`no old sets were removed from "${sets.label}": ${rotation.skipped}`]),
        ...(rotation.waits === undefined ? [] : [`kept old sets in "${sets.label}": ${rotation.waits}`]),
        ...(rotation.damaged ?? []).map((name) => damagedNote(name, sets.label)),
        ...(rotation.suspicious ?? []).filter((name) => name !== current).map((name) => suspiciousNote(name, sets.label)),
      ]
    })
  } catch (error) {
    throw asRotationFailure(error, sets.label)
  }
}

// Mounts of remote storage may return what was written only after it was uploaded.
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 16_000]

/** Lists the sets. Waits half a minute for a new set that cannot be read yet; rejects with `backup/rotation-failed` if it still cannot be read. */
async function listWith(sets: SetStore, current: string | undefined, call: OperationContext): Promise<readonly SetSummary[]> {
  for (let tries = 0; ; tries += 1) {
    const present = await sets.list(call)
    const trouble = current === undefined ? undefined : whyUnread(current, present)
    if (trouble === undefined) return present
    const pauseMs = PAUSES_MS[tries]
    if (pauseMs === undefined) throw newSetUnread(`the new set "${current}" in "${sets.label}" ${trouble}`)
    await sleep(pauseMs, undefined, { signal: call.signal }).catch(() => undefined)
  }
}

/** What is wrong with the new set. A missing one may have been removed after another run had published a newer one. */
function whyUnread(current: string, present: readonly SetSummary[]): string | undefined {
  const set = present.find(({ name }) => name === current)
  if (set === undefined) return present.some(({ name }) => compareSetNames(name, current) > 0) ? undefined : 'is missing'
  if (set.isUnreadable === true) return 'cannot be read'
  return isWhole(set) ? undefined : `is ${set.state}`
}

function newSetUnread(message: string): BackupError {
  const hint =
    'The storage returns late, or not at all, what was written. If its root is a mount of remote storage (rclone, s3fs), use a storage of type "rclone" or "s3".'
  return new BackupError('rotation-failed', `${message} after it was published`, { hint })
}

function damagedNote(name: string, label: string): string {
  return `the set "${name}" in "${label}" is damaged: it is not counted as kept, and is never removed automatically`
}

function suspiciousNote(name: string, label: string): string {
  return `the set "${name}" in "${label}" is suspicious: it is neither counted nor removed until it is accepted`
}

interface Expiring {
  readonly now: Date | undefined
  readonly call: OperationContext
  readonly onExpired: (name: string) => void
}

/** Resolves with the sets that are kept because they were held after the decision, which is possible because hosts of an object store share no lock. */
async function expireAll(sets: SetStore, { expire }: Rotation, { now, call, onExpired }: Expiring): Promise<readonly string[]> {
  let first: { readonly error: unknown; readonly name: string } | undefined
  const heldSince: string[] = []
  for (const { name } of expire) {
    try {
      if (await isHeld(sets, { name, ...(now && { now }) }, call)) {
        heldSince.push(name)
        continue
      }
      await sets.expire(name, call)
      onExpired(name)
      await removeSideFiles(sets.sideFiles, name, call)
      await removeVerifications(sets.records, name, call)
    } catch (error) {
      if (endsRotation(error)) throw error
      first ??= { error, name }
    }
  }
  if (first !== undefined) throw rotationFailure(`could not remove the old set "${first.name}"`, first.error)
  return heldSince
}

function endsRotation(error: unknown): boolean {
  return error instanceof AppError && ['storage/aborted', 'storage/unreachable'].includes(error.code)
}

function asRotationFailure(error: unknown, label: string): AppError {
  if (error instanceof AppError && ['storage/aborted', 'backup/rotation-failed'].includes(error.code)) return error
  return rotationFailure(`could not rotate the sets in "${label}"`, error)
}

function rotationFailure(message: string, cause: unknown): BackupError {
  const hint = cause instanceof AppError ? cause.hint : undefined
  return new BackupError('rotation-failed', `${message}: ${messageOf(cause)}`, { cause, ...(hint !== undefined && { hint }) })
}
