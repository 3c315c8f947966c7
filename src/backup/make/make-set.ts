import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../lib/errors.ts'
import type { BackupStep } from '../../plan/plan.ts'
import { rotate } from '../keep/rotate.ts'
import { BackupError } from '../set/errors.ts'
import { setStopped } from '../set/events.ts'
import { parseSetName } from '../set/set-name.ts'
import { archiveSet } from '../store/archive-set.ts'
import { abortAll, beginDestinations } from './begin-destinations.ts'
import { makeAll } from './make-all.ts'
import { type Published, publishSet } from './publish-set.ts'
import type { MakeSetDeps, SetContext } from './set-context.ts'
import { type FailedTarget, type SetDestinations, storageFailed } from './set-destinations.ts'

export interface SetOutcome {
  /** The set's name on each storage that has it; none where nothing is kept: there every object was made all the same. */
  readonly published: readonly { readonly storage: string; readonly set: string }[]
  readonly notes: readonly string[]
  /** The first that went wrong on one of several storages, where the step is content with the others (`require: any`). */
  readonly partial?: { readonly cause: unknown }
}

/**
 * One backup step: every object made once for all storages, then the set published on each, then old ones rotated there, each by its own policy.
 *
 * Rejects with the first cause after everything of the new set is rolled back and no process of it is left. In the end it rejects too when a storage could
 * not be given the set that another one has already (`backup/partly-published`), and when a rotation failed (`backup/rotation-failed`): what was published
 * stays.
 */
export async function makeSet(step: BackupStep, deps: MakeSetDeps): Promise<SetOutcome> {
  const began = deps.clock()
  const destinations = await beginDestinations(step, deps, began)
  const { published, notes } = await fillAndPublish(step, { ...deps, destinations, began })
  const rotated = await rotateEverywhere(step, published, deps)
  for (const { set } of published) await untilPassed(set, deps)
  const { cause, isPartial, others } = judge({ step, published, failed: destinations.failed, rotationFailures: rotated.failures })
  const noted = [...notes, ...rotated.notes, ...others.map(({ sets, cause: it }) => `on "${sets.label}": ${messageOf(it)}`)]
  if (cause !== undefined && !isPartial) {
    for (const text of noted) deps.emit({ kind: 'note', text })
    throw cause
  }
  return {
    published: published.map(({ destination, set }) => ({ storage: destination.sets.label, set })),
    notes: noted,
    ...(cause !== undefined && { partial: { cause } }),
  }
}

async function fillAndPublish(step: BackupStep, making: SetContext): Promise<{ published: readonly Published[]; notes: readonly string[] }> {
  const { destinations, call } = making
  try {
    const made = await makeAll(step, making)
    call.failpoint?.('objects-made')
    const records = made.map(({ record }) => record)
    return { published: await publishSet(step, records, making), notes: made.flatMap(({ notes }) => notes) }
  } catch (error) {
    emitStopped(step, destinations, making)
    throw error
  } finally {
    await abortAll(destinations, making)
  }
}

/** Those that had not failed themselves, where there are several. */
function emitStopped(step: BackupStep, destinations: SetDestinations, { targets, emit }: MakeSetDeps): void {
  if (targets.filter(({ sets }) => sets.keeps).length < 2) return
  for (const { sets } of destinations.active()) emit(setStopped({ step: step.name, storage: sets.label, set: destinations.set }))
}

interface Rotated {
  readonly notes: readonly string[]
  readonly failures: readonly FailedTarget[]
}

/** A storage that cannot be rotated does not keep the others from it. */
async function rotateEverywhere(step: BackupStep, published: readonly Published[], { emit, call }: MakeSetDeps): Promise<Rotated> {
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
      notes.push(...(await rotate(destination.sets, { step: step.name, policy: destination.keep, current: set, emit }, call)))
      call.failpoint?.('rotated')
    })
    await attempt(() => archiveSet(destination.sets, set, call))
  }
  return { notes, failures }
}

// A name is a time. Where its own second was taken, the set bears one that is still to come; a set made after this one must get a later
// name, also when this one's predecessor has expired and its name is free again.
async function untilPassed(set: string, { clock, call }: MakeSetDeps): Promise<void> {
  const aheadMs = (parseSetName(set)?.getTime() ?? 0) - clock().getTime()
  if (aheadMs > 0) await sleep(Math.min(aheadMs, 1000), undefined, { signal: call.signal }).catch(() => undefined)
}

interface Judging {
  readonly step: BackupStep
  readonly published: readonly Published[]
  readonly failed: readonly FailedTarget[]
  readonly rotationFailures: readonly FailedTarget[]
}

interface Judgement {
  /** Undefined when all is well. */
  readonly cause: unknown
  /** The step is content with less than all. */
  readonly isPartial: boolean
  /** Other failures, which are reported nowhere else: storages that failed had an event. */
  readonly others: readonly FailedTarget[]
}

function judge({ step, published, failed: [failed], rotationFailures }: Judging): Judgement {
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
