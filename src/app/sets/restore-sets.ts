import { hostname } from 'node:os'
import type { DatabaseServer, ServerLogin } from '../../backup/into-database/database-server.ts'
import type { RestoreIntoDeps } from '../../backup/restore/into-request.ts'
import { restoreInto } from '../../backup/restore/restore-into.ts'
import type { RestoreProblem } from '../../backup/restore/restore-jobs.ts'
import { type RestoreRequest, type RestoreResult, restoreSet } from '../../backup/restore/restore-set.ts'
import { BackupError } from '../../backup/set/errors.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import type { OnReadProgress } from '../../backup/store/read-progress.ts'
import type { CheckRecord } from '../../journal/run-record.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import { type OwnedTarget, setsOf } from '../../plan/steps/sets-of.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { StorageError } from '../../storage/storage.ts'
import { chooseTask } from '../choose-task.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal, whoStarted } from '../host/host-journal.ts'
import { databaseRecordFolder, restoreFolder } from '../host/state-folder.ts'
import { openHostProcesses, type RootChoices } from '../host/wire.ts'
import { eachSetStore } from './each-set-store.ts'
import { findSet } from './find-set.ts'
import { contentOf } from './open-verification.ts'
import { type KeyFiles, restoreKeys } from './restore-keys.ts'
import { onStorage } from './sets-request.ts'

/** The destination database, and how to connect to its server. */
export interface IntoServer {
  readonly server: DatabaseServer
  readonly login: ServerLogin
  readonly trustDump: boolean
  readonly unconfined: boolean
}

export interface RestoreOrder extends RootChoices, Omit<RestoreRequest, 'set' | 'keys' | 'contentOf'> {
  readonly plan: Plan
  /** Absent: the plan's default. */
  readonly task: string | undefined
  /** A name, `latest`, or a time: the newest set at or before it. */
  readonly set: string
  readonly storage: string | undefined
  readonly keyFiles: KeyFiles
  /** If set, the destination is a database. */
  readonly into?: IntoServer
}

/** Called during the restore. */
export interface RestoreObserver {
  onBegin(set: string, storage: string): void
  /** Absent: the progress is not shown. */
  readonly onProgress?: OnReadProgress | undefined
  /** Receives the stderr of programs. */
  onStderr(text: string): void
  /** Without it, notes are part of the result. */
  readonly onNote?: (text: string) => void
  onResult(result: RestoreResult, place: RestoredFrom): void
}

/** The source of a restore. */
export interface RestoredFrom {
  readonly owned: OwnedTarget
  readonly storage: string
}

/** `unreadable`: the problem is on this storage, and another one may have a good set. */
type Outcome = 'restored' | 'partial' | 'failed' | 'unreadable'

/**
 * Restores from the first storage that has the set and can be read, local ones first. `partial`: without some members of an archive. `failed`: nothing was put
 * in place.
 */
export async function restoreSets(order: RestoreOrder, observer: RestoreObserver, host: Host): Promise<'restored' | 'partial' | 'failed'> {
  const { plan, task, storage, acceptRoot, trustRoot } = order
  const opening = { ...host, acceptRoot, trustRoot }
  const found = await findSet(onStorage(setsOf(plan, chooseTask(plan, task)), storage), order.set, opening)
  if (found === undefined) return 'failed'
  const keys = await restoreKeys(order.keyFiles, plan, host)
  // Restored data may be secret: folders that programs create must not be accessible to other users.
  process.umask(0o077)
  host.signals.arm()
  for (const [index, { target, ...owned }] of found.places.entries()) {
    const request = { ...requestOf(order), set: found.set, keys, contentOf: contentOf(owned.step) }
    const outcomes: Outcome[] = []
    await eachSetStore([{ ...owned, targets: [target] }], opening, async (sets, from) => {
      outcomes.push(await restoreFrom(sets, { owned: from, request, observer }, host))
    })
    const next = found.places[index + 1]
    const [outcome = 'unreadable'] = outcomes
    if (outcome !== 'unreadable') return outcome
    if (next === undefined || host.signals.stop.aborted) return 'failed'
    host.note(`trying ${describeStorage(next.target.storage)} instead, which also has the set ${found.set}`)
  }
  return 'failed'
}

type Request = RestoreRequest & Pick<RestoreOrder, 'into'>

function requestOf({
  objects,
  destination,
  members,
  areGlobs,
  overwrite,
  raw,
  numericOwner,
  dryRun,
  into,
}: RestoreOrder): Omit<Request, 'set' | 'keys' | 'contentOf'> {
  return { objects, destination, members, areGlobs, overwrite, raw, numericOwner, dryRun, ...(into && { into }) }
}

interface Restoring {
  readonly owned: OwnedTarget
  readonly request: Request
  readonly observer: RestoreObserver
}

const OF_STORAGE: ReadonlySet<RestoreProblem['kind']> = new Set(['missing', 'size', 'digest', 'unreadable'])

async function restoreFrom(sets: SetStore, { owned, request, observer }: Restoring, host: Host): Promise<Outcome> {
  const { signals, clock, failpoint } = host
  const processes = openHostProcesses(host)
  const journal = openHostJournal(host)
  const place = { owned, storage: sets.label }
  const began = clock()
  const record = async (result: Parameters<typeof recordOf>[0]) => {
    if (!request.dryRun) await journal.record(recordOf(result, { ...place, target: request.destination, began, ended: clock(), ...whoStarted(host) }))
  }
  observer.onBegin(request.set, sets.label)
  try {
    const deps: RestoreIntoDeps = {
      processes,
      call: { signal: signals.stop, ...(failpoint && { failpoint }) },
      limits: DEFAULT_LIMITS,
      onStderr: (_stage, text) => observer.onStderr(text),
      ...(observer.onProgress && { onProgress: observer.onProgress }),
      restoreRecords: restoreFolder(host),
      temporaryFolder: host.env['TMPDIR'] || '/var/tmp',
      recordFolder: databaseRecordFolder(host),
      ...(observer.onNote && { onNote: observer.onNote }),
    }
    const result = await restoreEither(sets, request, deps)
    await record(result)
    observer.onResult(result, place)
    if (result.problems.length === 0) return result.isPartial === true ? 'partial' : 'restored'
    return result.problems.every(({ kind }) => OF_STORAGE.has(kind)) ? 'unreadable' : 'failed'
  } catch (error) {
    await record({ set: request.set, problems: [{ kind: 'failed', path: '', message: messageOf(error) }] })
    if (!isOfStorage(error)) throw error
    host.fail(error)
    return 'unreadable'
  } finally {
    await processes.close()
    await journal.close()
  }
}

function restoreEither(sets: SetStore, request: Request, deps: RestoreIntoDeps): Promise<RestoreResult> {
  const [object = ''] = request.objects
  return request.into ? restoreInto(sets, { ...request, ...request.into, object }, deps) : restoreSet(sets, request, deps)
}

function recordOf(
  result: Pick<RestoreResult, 'set' | 'problems'> & Partial<RestoreResult>,
  { owned, ...what }: RestoredFrom & Pick<CheckRecord, 'began' | 'ended' | 'target' | 'startedBy' | 'user'>,
): CheckRecord {
  const { set, objects, bytes, problems, isPartial = false, warnings = [] } = result
  const found = { ...(objects && { objects: objects.length }), ...(bytes !== undefined && { bytes }) }
  const place = { task: owned.task, step: owned.step.name, set, host: hostname() }
  return {
    kind: 'restore',
    ...place,
    ...what,
    ...found,
    good: problems.length === 0 && !isPartial,
    problems: [...problems.map(({ message }) => message), ...(isPartial ? warnings : [])],
  }
}

const NOT_READABLE = ['backup/damaged', 'backup/newer', 'backup/unfinished', 'backup/legacy', 'backup/no-set']

/** Whether a failure means that the set cannot be read on this storage: another storage may have a good one. */
function isOfStorage(error: unknown): error is StorageError | BackupError {
  return (error instanceof StorageError && error.code !== 'storage/aborted') || (error instanceof BackupError && NOT_READABLE.includes(error.code))
}
