import { CLEAR_UP_LIMIT_MS, settledWithin } from '../../lib/settled-within.ts'
import type { BackupStep } from '../../plan/plan.ts'
import type { Limits, Processes } from '../../process/processes.ts'
import type { OperationContext, WorkRun } from '../../storage/storage.ts'
import type { OwnFolders } from '../coverage/covered.ts'
import type { EvidenceLog } from '../evidence/evidence-log.ts'
import { isObservedDump } from '../facts/observe-output.ts'
import type { StageFlow } from '../facts/stage-flow.ts'
import type { TarWatch } from '../facts/watch-tar.ts'
import type { BackupEvent } from '../set/events.ts'
import { setFailed, setStopped } from '../set/events.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import { candidateNames, formatSetName, parseSetName } from '../set/set-name.ts'
import type { SetStore } from '../set/set-store.ts'
import { type Digester, openDigester } from './digester.ts'
import { type OpenTarget, openDestinations, type SetDestinations } from './set-destinations.ts'

/** What a backup step is run with. */
export interface MakeSetDeps {
  /** In the order of the plan; at least one. */
  readonly targets: readonly OpenTarget[]
  readonly processes: Processes
  readonly run: { readonly runId: string; readonly task: string; readonly host: string; readonly hostId?: string | undefined }
  readonly workers: number
  readonly limits: Limits
  /** The folders that objects leave out. Absent: none. */
  readonly own?: OwnFolders
  /** Where it is put on record that sets were published. Absent: nowhere. */
  readonly evidence?: EvidenceLog
  /** Interval of `object-progress` events. Absent: no such events. */
  readonly progressMs?: number
  /** Whether an observer displays the sizes of the last set beside the progress. */
  readonly expectsSizes?: boolean
  readonly clock: () => Date
  readonly emit: (event: BackupEvent) => void
  readonly call: OperationContext
}

/** One set while it is made: created once by `beginSet`, and passed down to the pipelines of its objects. */
export interface SetContext extends MakeSetDeps {
  readonly step: BackupStep
  readonly began: Date
  readonly destinations: SetDestinations
  readonly digester: Digester
  /** Of one object: receives the output of its source, if that is tapped. */
  readonly onOutput?: (chunk: Buffer) => void
  /** Of one object: the activity of the stages of its pipeline. */
  readonly flow?: StageFlow
  /** Of one object that tar makes: what tar reports. */
  readonly tar?: TarWatch
  /** Sizes of the objects of the last set, by path; empty without `expectsSizes`. */
  readonly lastSizes: ReadonlyMap<string, number>
  /** The same without filters, of dumps; empty if the sets are elsewhere than on a file system, where listing them takes longer. */
  readonly lastDumps: ReadonlyMap<string, number>
}

/**
 * Begins the set on each storage, file systems first. Rejects when a storage fails and the step requires all of them, or none is left; then nothing of
 * the set remains. Else `endSet` must be called in the end.
 */
export async function beginSet(step: BackupStep, deps: MakeSetDeps): Promise<SetContext> {
  const { targets, call, emit, clock, expectsSizes } = deps
  const began = clock()
  const keeping = targets.filter(({ sets }) => sets.keeps).map(({ sets }) => sets)
  const moment = await commonMoment(keeping, began, call)
  const nameForm = targets.some(({ sets }) => sets.nameForm === 'extended') ? 'extended' : 'basic'
  const set = formatSetName(moment, nameForm)
  const destinations = openDestinations({
    set,
    require: step.require,
    wanted: keeping.length,
    onFailed: ({ sets, cause }) => emit(setFailed({ step: step.name, storage: sets.label, set }, cause)),
  })
  const context = {
    ...deps,
    step,
    began,
    destinations,
    digester: openDigester(),
    lastSizes: new Map<string, number>(),
    lastDumps: new Map<string, number>(),
  }
  try {
    for (const target of targets.toSorted((a, b) => Number(b.sets.isLocal) - Number(a.sets.isLocal)))
      await beginOn(target, { began: moment, nameForm }, context)
    const isAsked = expectsSizes === true || (destinations.active()[0]?.sets.isLocal === true && step.objects.some(isObservedDump))
    const last = isAsked ? await lastObjects(context) : []
    const lastDumps = new Map(last.flatMap(({ path, dump }) => (dump === undefined ? [] : [[path, dump.bytes]])))
    return { ...context, lastDumps, ...(expectsSizes && { lastSizes: new Map(last.map(({ path, bytes }) => [path, bytes])) }) }
  } catch (error) {
    emitStopped(context)
    await endSet(context)
    throw error
  }
}

async function beginOn(
  target: OpenTarget,
  name: Pick<WorkRun, 'began' | 'nameForm'>,
  { step, run, destinations, call, emit }: SetContext,
): Promise<void> {
  const { sets } = target
  try {
    destinations.add({ ...target, draft: await sets.begin({ runId: run.runId, task: run.task, ...name }, call) })
  } catch (error) {
    if (call.signal.aborted) throw error
    destinations.fail(target, error)
    return
  }
  call.failpoint?.('set-begun')
  emit({ kind: 'set-began', step: step.name, storage: sets.label, objects: step.objects.length })
}

/** Reports each storage that had not failed itself as stopped, if there are several. */
export function emitStopped({ step, targets, destinations, emit }: SetContext): void {
  if (targets.filter(({ sets }) => sets.keeps).length < 2) return
  for (const { sets } of destinations.active()) emit(setStopped({ step: step.name, storage: sets.label, set: destinations.set }))
}

/** Releases what `beginSet` opened: removes the drafts that were not committed, and notes where that timed out. */
export async function endSet({ destinations, digester, emit }: SetContext): Promise<void> {
  await settledWithin(CLEAR_UP_LIMIT_MS, digester.close())
  for (const { label } of await destinations.abortAll())
    emit({ kind: 'note', text: `could not remove the unfinished set on "${label}" in time; the next run removes it` })
}

/**
 * The moment that gives the set the same name on all of these storages: the first second from `began` on whose name is free everywhere. Storages whose
 * names cannot be listed are ignored; they fail at the next operation. With a single storage it is `began`, as the storage finds a free name itself.
 */
export async function commonMoment(stores: readonly SetStore[], began: Date, call: OperationContext): Promise<Date> {
  if (stores.length < 2) return began
  const present = await Promise.all(stores.map((sets) => sets.names(call).catch(() => [])))
  const [name] = candidateNames(began, present.flat())
  return (name === undefined ? undefined : parseSetName(name)) ?? began
}

/** The objects of the newest set that has a manifest. Their sizes serve progress displays, and select how dumps are observed, so a failure here is ignored. */
async function lastObjects({ destinations, call }: SetContext): Promise<readonly ObjectRecord[]> {
  try {
    const sets = destinations.active()[0]?.sets
    const last = (await sets?.list(call))?.findLast(({ state }) => state === 'complete')
    const manifest = last && (await sets?.readManifest(last.name, call))
    return manifest?.objects ?? []
  } catch {
    return []
  }
}
