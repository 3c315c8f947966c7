import { CLEAR_UP_LIMIT_MS, settledWithin } from '../../lib/settled-within.ts'
import type { RotationPolicy } from '../keep/rotation.ts'
import { BackupError } from '../set/errors.ts'
import type { SetDraft, SetStore } from '../set/set-store.ts'

/** One open storage on which a set is to be stored. */
export interface OpenTarget {
  readonly sets: SetStore
  readonly keep: RotationPolicy
  /** Bytes per write of the writer of files; absent = its own choice. */
  readonly blockBytes?: number
}

/** A storage with the draft of the set that is being made there. */
export interface SetDestination extends OpenTarget {
  readonly draft: SetDraft
}

export interface FailedTarget {
  readonly sets: SetStore
  readonly cause: unknown
}

/** The storages of one set in the making, and which of them are still to have it. */
export interface SetDestinations {
  /** The name that the set is to get. */
  readonly set: string
  /** One more, whose draft is begun. */
  add(destination: SetDestination): void
  /** Those that have not failed, local ones first. What keeps nothing is left out. */
  active(): readonly SetDestination[]
  /** Keeps the drafts of these until `work` has settled, also when one of them fails meanwhile. */
  use<T>(destinations: readonly SetDestination[], work: () => Promise<T>): Promise<T>
  /**
   * This storage cannot have the set. Throws `backup/storage-failed` when that is the end for all of them; else they go on without it, and its draft is
   * removed as soon as nobody uses it. Told a second time, of one that has failed already, it does nothing.
   */
  fail(target: OpenTarget, cause: unknown): void
  readonly failed: readonly FailedTarget[]
  /** As `fail`, but the others go on in any case. */
  drop(target: OpenTarget, cause: unknown): void
  /** This draft was committed: nothing of it is to be removed any more. */
  setCommitted(destination: SetDestination): void
  /** Removes the drafts that are left. Resolves with the storages where that took too long; the next run removes those. */
  abortAll(): Promise<readonly SetStore[]>
}

export interface DestinationsPolicy {
  readonly set: string
  /** `any`: a failing storage fails only itself, as long as one is left. */
  readonly require: 'all' | 'any'
  /** How many storages of the step keep anything. */
  readonly wanted: number
  readonly onFailed: (failed: FailedTarget) => void
}

interface Entry {
  readonly destination: SetDestination
  state: 'active' | 'failed' | 'committed' | 'aborted'
  users: number
}

/** Of all destinations, those begun so far: each is added when its draft is there. */
export function openDestinations({ set, require: policy, wanted, onFailed }: DestinationsPolicy): SetDestinations {
  const entries: Entry[] = []
  const failed: FailedTarget[] = []
  let end: unknown
  const removals: { readonly sets: SetStore; readonly isDone: Promise<boolean> }[] = []
  const active = () => entries.filter(({ state, destination }) => state === 'active' && destination.sets.keeps).map(({ destination }) => destination)
  const entriesOf = (destinations: readonly SetDestination[]) => entries.filter(({ destination }) => destinations.includes(destination))
  const abort = (entry: Entry) => {
    entry.state = 'aborted'
    removals.push({ sets: entry.destination.sets, isDone: settledWithin(CLEAR_UP_LIMIT_MS, entry.destination.draft.abort()) })
  }
  const abortUnused = () => {
    for (const entry of entries) if (entry.state === 'failed' && entry.users === 0) abort(entry)
  }
  const drop = ({ sets }: OpenTarget, cause: unknown) => {
    if (failed.some((it) => it.sets === sets)) return
    failed.push({ sets, cause })
    if (wanted > 1) onFailed({ sets, cause })
    for (const entry of entries) if (entry.destination.sets === sets && entry.state === 'active') entry.state = 'failed'
    abortUnused()
  }
  return {
    set,
    add(destination) {
      entries.push({ destination, state: 'active', users: 0 })
      // What publishes by a rename goes first: it is quick, and others can read what it has.
      entries.sort((a, b) => Number(b.destination.sets.isLocal) - Number(a.destination.sets.isLocal))
    },
    active,
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
      const { sets } = target
      if (end !== undefined) throw end
      const isNew = !failed.some((it) => it.sets === sets)
      drop(target, cause)
      if (isNew && wanted === 1) end = cause
      else if (isNew && (policy === 'all' || failed.length === wanted)) end = storageFailed({ sets, cause })
      if (end !== undefined) throw end
    },
    failed,
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

/** That one of several storages cannot have the set, and why. */
export function storageFailed({ sets, cause }: FailedTarget): BackupError {
  return new BackupError('storage-failed', `could not store the new set on "${sets.label}"`, { cause })
}
