import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../lib/errors.ts'
import type { BackupStep } from '../../plan/plan.ts'
import { keepEvidence } from '../evidence/evidence-log.ts'
import { publicationOf } from '../evidence/publication.ts'
import { rotate } from '../keep/rotate.ts'
import { BackupError } from '../set/errors.ts'
import { parseSetName } from '../set/set-name.ts'
import { archiveSet } from '../store/archive-set.ts'
import { collectFailedObjects } from './failed-objects.ts'
import { makeObject } from './make-object.ts'
import { scheduleObjects } from './object-scheduler.ts'
import { type Published, publishSet } from './publish-set.ts'
import { beginSet, emitStopped, endSet, type MakeSetDeps, type SetContext } from './set-context.ts'
import { type FailedTarget, storageFailed } from './set-destinations.ts'
import { suspicionsOf } from './suspicions.ts'

export interface SetOutcome {
  /** The set's name on each storage that has it. Empty if no storage keeps objects; every object was made. */
  readonly published: readonly { readonly storage: string; readonly set: string }[]
  readonly notes: readonly string[]
  /** The first failure of one of several storages, if the others suffice for the step (`require: any`); or the objects that failed, if the others are kept. */
  readonly partial?: { readonly cause: unknown }
}

/**
 * Runs one backup step: makes every object once for all storages, publishes the set on each, then rotates each by its own policy. The calls from here
 * to the start of a pipeline: `scheduleObjects`, `makeObject`, then `spoolToFile` or `streamToStorages`.
 *
 * Rejects with the first cause after the new set is rolled back and all its processes have ended. A published set is kept: this also rejects if one
 * storage has the set and another one does not (`backup/partly-published`), and if a rotation failed (`backup/rotation-failed`).
 */
export async function makeSet(step: BackupStep, deps: MakeSetDeps): Promise<SetOutcome> {
  const context = await beginSet(step, deps)
  const { workers, call, destinations, emit } = context
  const notes: string[] = []
  const failed = collectFailedObjects(context)
  let published: readonly Published[]
  try {
    const made = await scheduleObjects(step.objects, { workers, signal: call.signal, onFailed: failed.onFailed }, (object, signal) =>
      makeObject(object, { ...context, call: { ...call, signal } }),
    )
    failed.assertSomeLeft()
    call.failpoint?.('objects-made')
    notes.push(...made.flatMap((object) => object.notes))
    const objects = made.map(({ record }) => record)
    const { suspicious, notices } = await suspicionsOf(objects, context)
    notes.push(...failed.notes, ...suspicious.map((reason) => `the new set is suspicious: ${reason}`), ...notices)
    published = await publishSet(
      { objects, ...(suspicious.length > 0 && { suspicious }), ...(failed.paths.length > 0 && { failed: failed.paths }) },
      context,
    )
  } catch (error) {
    emitStopped(context)
    throw error
  } finally {
    await endSet(context)
  }
  const rotated = await rotateEach(published, context)
  notes.push(...(await putOnRecord(published, context)))
  for (const { set } of published) await untilPassed(set, context)
  const { cause, isPartial, others } = resultOf({ step, published, failed: destinations.failed, rotationFailures: rotated.failures })
  notes.push(...rotated.notes, ...others.map(({ sets, cause: it }) => `on "${sets.label}": ${messageOf(it)}`))
  if (cause !== undefined && !isPartial) {
    for (const text of notes) emit({ kind: 'note', text })
    throw cause
  }
  return {
    published: published.map(({ destination, set }) => ({ storage: destination.sets.label, set })),
    notes,
    ...((cause ?? failed.error) !== undefined && { partial: { cause: cause ?? failed.error } }),
  }
}

/** After the rotation, which a full storage may need. Sets in the folders of an ancestor have no record beside them. */
async function putOnRecord(published: readonly Published[], { evidence, call }: SetContext): Promise<readonly string[]> {
  const notes: string[] = []
  if (evidence === undefined) return notes
  for (const { destination, set, facts } of published) {
    const { sets, keep } = destination
    const publication = publicationOf({ set, storage: sets.label, facts })
    const { records, ...rest } = sets
    const isBeside = keep.ownHost !== undefined && records !== undefined
    const note = await keepEvidence(evidence, { sets: isBeside ? sets : rest, facts: publication }, call)
    if (note !== undefined) notes.push(note)
  }
  return notes
}

interface Rotated {
  readonly notes: readonly string[]
  readonly failures: readonly FailedTarget[]
}

/** Rotates and archives on each storage, also when that fails on another one. */
async function rotateEach(published: readonly Published[], { step, clock, emit, call }: SetContext): Promise<Rotated> {
  const notes: string[] = []
  const failures: FailedTarget[] = []
  for (const { destination, set } of published) {
    const attempt = async (work: () => Promise<void>) => {
      try {
        await work()
      } catch (error) {
        if (call.signal.aborted) throw error
        failures.push({ sets: destination.sets, cause: error })
      }
    }
    await attempt(async () => {
      const request = { step: step.name, policy: destination.keep, current: set, isJustPublished: true, now: clock(), emit }
      notes.push(...(await rotate(destination.sets, request, call)))
      call.failpoint?.('rotated')
    })
    await attempt(() => archiveSet(destination.sets, set, call))
  }
  return { notes, failures }
}

/**
 * Waits until the second that a set is named after has passed. It may be in the future, if the names of the seconds before were taken; a set made after
 * this one must get a later name, although rotation may have made earlier ones free again.
 */
async function untilPassed(set: string, { clock, call }: SetContext): Promise<void> {
  const aheadMs = (parseSetName(set)?.getTime() ?? 0) - clock().getTime()
  if (aheadMs > 0) await sleep(Math.min(aheadMs, 1000), undefined, { signal: call.signal }).catch(() => undefined)
}

interface Failures {
  readonly step: BackupStep
  readonly published: readonly Published[]
  readonly failed: readonly FailedTarget[]
  readonly rotationFailures: readonly FailedTarget[]
}

interface StepResult {
  /** Undefined after a success. */
  readonly cause: unknown
  /** Whether the storages that have the set suffice for the step. */
  readonly isPartial: boolean
  /** Further failures of rotations, to be noted. Storages that failed had an event each. */
  readonly others: readonly FailedTarget[]
}

function resultOf({ step, published, failed: [failed], rotationFailures }: Failures): StepResult {
  const isPartial = step.require === 'any' && (failed !== undefined || published.length > 1)
  if (failed === undefined) return { cause: rotationFailures[0]?.cause, isPartial, others: rotationFailures.slice(1) }
  return { cause: isPartial ? storageFailed(failed) : partlyPublished(published, failed), isPartial, others: rotationFailures }
}

function partlyPublished(published: readonly Published[], { sets, cause }: FailedTarget): BackupError {
  const there = published.map(({ destination, set }) => `"${set}" on "${destination.sets.label}"`).join(' and ')
  return new BackupError('partly-published', `published the new set ${there}, but could not publish it on "${sets.label}"`, {
    cause,
    hint: 'The published set is complete and is kept. Check the other storage, then run the task again, or copy the set there.',
  })
}
