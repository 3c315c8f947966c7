import { AppError, messageOf } from '../../lib/errors.ts'
import type { KeepPolicy } from '../../plan/plan.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { rotate } from '../keep/rotate.ts'
import { BackupError } from '../set/errors.ts'
import { readStoredManifest } from '../set/read-manifest.ts'
import { parseSetName } from '../set/set-name.ts'
import type { CopyDeps, CopyRequest } from './copy-request.ts'
import { copySet } from './copy-set.ts'
import { decideCopies, newestOf } from './decide-copies.ts'

/**
 * Copies every requested set that is missing on the target, unchanged, comparing the digest of each file during the transfer; existing sets are not
 * changed. Then rotates the target. If a set cannot be copied, the others are still copied, but nothing is rotated.
 *
 * Resolves with the notes. Rejects with the first failure after all sets were tried, or immediately if a storage cannot be reached or on an abort;
 * notes and all other failures are then emitted as notes.
 */
export async function copySets(request: CopyRequest, deps: CopyDeps): Promise<readonly string[]> {
  const { from, to, keep } = request
  const { call } = deps
  const decision = decideCopies(await from.list(call), await to.list(call), request)
  const notes = decision.refused.map(({ name, reason }) => `the set "${name}" was not copied to "${to.label}": ${reason}`)
  const failures: unknown[] = []
  try {
    for (const name of decision.compare) await attempt(failures, () => refuseConflict(name, request, call))
    for (const name of decision.copy) {
      await attempt(failures, async () => {
        if (!(await copySet(name, request, deps))) notes.push(`the set "${name}" was removed from "${from.label}" before it was copied`)
      })
    }
    if (failures.length > 0) throw failures[0]
    return [...notes, ...(await rotateThere(request, deps, keep))]
  } catch (error) {
    for (const text of [...notes, ...failures.filter((it) => it !== error).map(messageOf)]) deps.emit({ kind: 'note', text })
    throw error
  }
}

async function attempt(failures: unknown[], work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AppError) || ['storage/aborted', 'storage/unreachable'].includes(error.code)) throw error
    failures.push(error)
  }
}

/** Sets with the same name must be identical. */
async function refuseConflict(name: string, { from, to }: CopyRequest, call: OperationContext): Promise<void> {
  const [here, there] = [await readStoredManifest(from, name, call), await readStoredManifest(to, name, call)]
  if (here === undefined || there === undefined || here.text === there.text) return
  throw new BackupError('conflict', `"${from.label}" and "${to.label}" have different sets with the same name, "${name}"`, {
    hint: 'Neither set was changed. Find out which steps made them ("verify", manifest.json), and rename one of the steps.',
  })
}

/** Names are times: if the newest one is ahead of the clock, good sets would be treated as old. */
async function rotateThere({ step, to }: CopyRequest, { clock, emit, call }: CopyDeps, policy: KeepPolicy): Promise<readonly string[]> {
  const newest = newestOf(await to.list(call))
  if (newest === undefined) return []
  if ((parseSetName(newest)?.getTime() ?? 0) > clock().getTime())
    return [`no old sets were removed from "${to.label}": the clock of this host is behind its newest set, "${newest}"`]
  const notes = await rotate(to, { step, policy, current: newest, emit }, call)
  call.failpoint?.('rotated')
  return notes
}
