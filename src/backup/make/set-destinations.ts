import { CLEAR_UP_LIMIT_MS, settledWithin } from '../../lib/settled-within.ts'
import type { RotationPolicy } from '../keep/decide-rotation.ts'
import { BackupError } from '../set/errors.ts'
import type { FileDraft, SetDraft, SetStore, StreamDraft } from '../set/set-store.ts'

/** An open storage for a set. */
export interface OpenTarget {
  readonly sets: SetStore
  readonly keep: RotationPolicy
  /** Bytes per write of the writer of files; absent = its own choice. */
  readonly blockBytes?: number
}

/** A storage with its draft of the set. */
export interface SetDestination<Draft extends SetDraft = FileDraft | StreamDraft> extends OpenTarget {
  readonly draft: Draft
}

export function storesFiles(destination: SetDestination): destination is SetDestination<FileDraft> {
  return destination.draft.kind === 'files'
}

export function storesStreams(destination: SetDestination): destination is SetDestination<StreamDraft> {
  return destination.draft.kind === 'stream'
}

export interface FailedTarget {
  readonly sets: SetStore
  readonly cause: unknown
}

/**
 * The storages of one unfinished set, each in one of these states:
 *
 *     active ---setCommitted---> committed
 *       |---fail, drop---> failed ---when no object uses it---> aborted
 *       '---abortAll---> aborted <---abortAll---'
 *
 * - *active*: objects are stored in its draft.
 * - *failed*: not used for objects that begin from now on. Those that began before may still write to its draft, which is kept until they have
 *   ended (`use`).
 * - *aborted*: its draft is being removed. Only `abortAll` waits for that.
 * - *committed*: its draft is a set. Nothing of it is removed.
 *
 * The failure of one storage may fail all (`DestinationsPolicy.require`). `fail` decides that once: from then on, each call of `fail` throws the same
 * error, so that all objects in progress end for the same reason.
 */
export interface SetDestinations {
  /** The wanted name of the set. */
  readonly set: string
  /** Adds a storage whose draft was begun. */
  add(destination: SetDestination<SetDraft>): void
  /** The active storages that keep anything, file systems first. */
  active(): readonly SetDestination[]
  /** Keeps the drafts of these storages until `work` has settled, even if one of them fails in the meantime. */
  use<T>(destinations: readonly SetDestination[], work: () => Promise<T>): Promise<T>
  /**
   * Excludes this storage from the set. Throws `backup/storage-failed` if its failure fails all; otherwise the others continue. Does nothing for a
   * storage that has failed before.
   */
  fail(target: OpenTarget, cause: unknown): void
  readonly failed: readonly FailedTarget[]
  /** Whether the failure of a storage has failed all. */
  readonly haveFailed: boolean
  /** Like `fail`, but the others continue in any case. */
  drop(target: OpenTarget, cause: unknown): void
  setCommitted(destination: SetDestination): void
  /** Removes the remaining drafts. Resolves with the storages where that took too long; the next run removes those drafts. */
  abortAll(): Promise<readonly SetStore[]>
}

export interface DestinationsPolicy {
  readonly set: string
  /** `any`: a failing storage fails only itself, as long as one is left. */
  readonly require: 'all' | 'any'
  /** The number of storages of the step that keep anything. */
  readonly wanted: number
  readonly onFailed: (failed: FailedTarget) => void
}

interface Entry {
  readonly destination: SetDestination<SetDraft>
  state: 'active' | 'failed' | 'committed' | 'aborted'
  /** The number of objects being stored in its draft. */
  users: number
}

/** Initially empty: each storage is added when its draft is begun. */
export function openDestinations({ set, require: policy, wanted, onFailed }: DestinationsPolicy): SetDestinations {
  const entries: Entry[] = []
  const failed: FailedTarget[] = []
  const removals: { readonly sets: SetStore; readonly isDone: Promise<boolean> }[] = []
  let failureOfAll: unknown
  const entriesOf = (destinations: readonly SetDestination[]) => entries.filter(({ destination }) => destinations.some((it) => it === destination))
  const hasFailed = (sets: SetStore) => failed.some((it) => it.sets === sets)
  const abort = (entry: Entry) => {
    entry.state = 'aborted'
    const { sets, draft } = entry.destination
    removals.push({ sets, isDone: settledWithin(CLEAR_UP_LIMIT_MS, draft.abort()) })
  }
  const abortUnused = () => {
    for (const entry of entries) if (entry.state === 'failed' && entry.users === 0) abort(entry)
  }
  const drop = ({ sets }: OpenTarget, cause: unknown) => {
    if (hasFailed(sets)) return
    failed.push({ sets, cause })
    if (wanted > 1) onFailed({ sets, cause })
    for (const entry of entries) if (entry.destination.sets === sets && entry.state === 'active') entry.state = 'failed'
    abortUnused()
  }
  return {
    set,
    add(destination) {
      entries.push({ destination, state: 'active', users: 0 })
      // File systems first: others can read their files, and publishing there is one rename.
      entries.sort((a, b) => Number(b.destination.sets.isLocal) - Number(a.destination.sets.isLocal))
    },
    active: () => entries.flatMap(({ state, destination }) => (state === 'active' && keepsObjects(destination) ? [destination] : [])),
    async use(destinations, work) {
      const used = entriesOf(destinations)
      for (const entry of used) entry.users += 1
      try {
        return await work()
      } finally {
        for (const entry of used) entry.users -= 1
        abortUnused()
      }
    },
    drop,
    fail(target, cause) {
      if (failureOfAll !== undefined) throw failureOfAll
      if (hasFailed(target.sets)) return
      drop(target, cause)
      if (wanted === 1) failureOfAll = cause
      else if (policy === 'all' || failed.length === wanted) failureOfAll = storageFailed({ sets: target.sets, cause })
      if (failureOfAll !== undefined) throw failureOfAll
    },
    failed,
    get haveFailed() {
      return failureOfAll !== undefined
    },
    setCommitted(destination) {
      for (const entry of entriesOf([destination])) entry.state = 'committed'
    },
    async abortAll() {
      for (const entry of entries) if (entry.state === 'active' || entry.state === 'failed') abort(entry)
      const ends = await Promise.all(removals.map(async ({ sets, isDone }) => ({ sets, isDone: await isDone })))
      return ends.filter(({ isDone }) => !isDone).map(({ sets }) => sets)
    },
  }
}

function keepsObjects(destination: SetDestination<SetDraft>): destination is SetDestination {
  return destination.draft.kind !== 'none'
}

/** The event that one of several storages does not get the set, with the reason. */
export function storageFailed({ sets, cause }: FailedTarget): BackupError {
  return new BackupError('storage-failed', `could not store the new set on "${sets.label}"`, { cause })
}
