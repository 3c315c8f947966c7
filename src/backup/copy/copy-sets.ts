import { Readable } from 'node:stream'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { KeepPolicy } from '../../plan/plan.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { MOST_PUBLICATIONS, MOST_RECORD_BYTES } from '../evidence/compare-published.ts'
import { acceptSet } from '../keep/acceptance.ts'
import { isRecordOf } from '../keep/record-names.ts'
import { rotate } from '../keep/rotate.ts'
import { BackupError } from '../set/errors.ts'
import { firstOf, missingObjects } from '../set/missing-objects.ts'
import { readStoredManifest } from '../set/read-manifest.ts'
import { readSmallObject } from '../set/read-small-object.ts'
import { parseSetName } from '../set/set-name.ts'
import type { CopyDeps, CopyRequest } from './copy-request.ts'
import { copySet } from './copy-set.ts'
import { decideCopies, newestOf } from './decide-copies.ts'

/**
 * Copies every requested set that is missing or damaged on the target, unchanged, comparing the digest of each file during the transfer; complete sets are
 * not changed. Then rotates the target. If a set cannot be copied, or is damaged on the source, the others are still copied, but nothing is rotated.
 *
 * Resolves with the notes. Rejects with the first failure after all sets were tried, or immediately if a storage cannot be reached or on an abort;
 * notes and all other failures are then emitted as notes.
 */
export async function copySets(request: CopyRequest, deps: CopyDeps): Promise<readonly string[]> {
  const { from, to, keep } = request
  const { call } = deps
  const decision = decideCopies(await from.list(call), await to.list(call), request)
  if (decision.isEmpty) throw nothingToCopy(from.label)
  const notes = decision.refused.map(({ name, reason }) => `the set "${name}" was not copied to "${to.label}": ${reason}`)
  const failures: unknown[] = []
  try {
    for (const name of decision.damaged) await attempt(failures, () => refuseDamaged(name, request, call))
    for (const name of decision.compare) await attempt(failures, () => refuseConflict(name, request, call))
    for (const name of decision.copy) {
      await attempt(failures, async () => {
        const note = decision.again.includes(name) ? await copyAgain(name, request, deps) : await copyNew(name, request, deps)
        if (note !== undefined) notes.push(note)
      })
    }
    const there = new Set([...decision.compare, ...decision.copy])
    for (const name of decision.accepted.filter((it) => there.has(it))) await attempt(failures, () => acceptThere(name, request, call))
    if (failures.length > 0) throw failures[0]
    return [...notes, ...(await rotateThere(request, deps, keep))]
  } catch (error) {
    for (const text of [...notes, ...failures.filter((it) => it !== error).map(messageOf)]) deps.emit({ kind: 'note', text })
    throw error
  }
}

/** Resolves with a note, if there is one. */
async function copyNew(name: string, request: CopyRequest, deps: CopyDeps): Promise<string | undefined> {
  if (!(await copySet(name, request, deps))) return `the set "${name}" was removed from "${request.from.label}" before it was copied`
  return await copyPublication(name, request, deps.call)
}

/** The records of its publication. Resolves with why one could not be copied. */
async function copyPublication(name: string, { from, to }: CopyRequest, call: OperationContext): Promise<string | undefined> {
  try {
    const records = ((await from.records?.names(`${name}.`, call)) ?? []).filter((it) => isRecordOf(name, it) && it.endsWith('.published'))
    for (const record of records.slice(0, MOST_PUBLICATIONS)) {
      const bytes = from.records && (await readSmallObject(await from.records.open(record, call), { key: record, mostBytes: MOST_RECORD_BYTES }))
      if (bytes !== undefined) await to.records?.put(record, Readable.from([bytes], { objectMode: false }), call)
    }
    if (records.length <= MOST_PUBLICATIONS) return undefined
    return `there are ${records.length} records of the publication of the set "${name}" in "${from.label}": ${MOST_PUBLICATIONS} were copied`
  } catch (error) {
    if (call.signal.aborted) throw error
    return `the record of the set "${name}" was not copied to "${to.label}": ${messageOf(error)}`
  }
}

/** The same for a set that is damaged on the target. */
async function copyAgain(name: string, request: CopyRequest, deps: CopyDeps): Promise<string | undefined> {
  const again = { ...request, isDamagedThere: true }
  await refuseConflict(name, again, deps.call)
  const note = await copyNew(name, again, deps)
  return note ?? `the damaged set "${name}" in "${request.to.label}" was replaced by a new copy`
}

async function acceptThere(name: string, { to }: CopyRequest, call: OperationContext): Promise<void> {
  if (to.sideFiles !== undefined && (await to.names(call)).includes(name)) await acceptSet(to.sideFiles, name, call)
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
async function refuseConflict(name: string, { from, to, isDamagedThere }: CopyRequest, call: OperationContext): Promise<void> {
  const [here, there] = [await readStoredManifest(from, name, call), await readStoredManifest(to, name, call)]
  // Without a manifest, there is nothing to compare; but then nothing is replaced, either.
  const isComparable = isDamagedThere === true || (here !== undefined && there !== undefined)
  if (!isComparable || here?.text === there?.text) return
  throw new BackupError('conflict', `"${from.label}" and "${to.label}" have different sets with the same name, "${name}"`, {
    hint: 'Neither set was changed. Find out which steps made them ("verify", manifest.json), and rename one of the steps.',
  })
}

/** An incomplete set is not copied, and its loss is reported each time. */
async function refuseDamaged(name: string, { from }: CopyRequest, call: OperationContext): Promise<void> {
  const missing = await missingObjects(from, name, call)
  throw new BackupError('damaged', `the set "${name}" in "${from.label}" is damaged and was not copied: ${firstOf(missing)}`, {
    hint: 'See "verify" for all its problems. Restore what is left of it, then remove it; or replace it by a copy from another storage.',
  })
}

function nothingToCopy(label: string): BackupError {
  return new BackupError('no-set', `no sets to copy in "${label}"`, {
    hint: 'Check that the storage is mounted and its location is correct, and that the task that makes the sets has run.',
  })
}

/** Names are times: if the newest one is ahead of the clock, good sets would be treated as old. */
async function rotateThere({ step, to }: CopyRequest, { clock, emit, call }: CopyDeps, policy: KeepPolicy): Promise<readonly string[]> {
  const newest = newestOf(await to.list(call))
  if (newest === undefined) return []
  if ((parseSetName(newest)?.getTime() ?? 0) > clock().getTime())
    return [`no old sets were removed from "${to.label}": the clock of this host is behind its newest set, "${newest}"`]
  const notes = await rotate(to, { step, policy, current: newest, now: clock(), emit }, call)
  call.failpoint?.('rotated')
  return notes
}
