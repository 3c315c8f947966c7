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
export interface Places {
  /** The name that the set is to get. */
  readonly set: string
  /** One more, whose draft is begun. */
  add(place: SetDestination): void
  /** Those that have not failed, local ones first. What keeps nothing is left out. */
  living(): readonly SetDestination[]
  /** Keeps the drafts of these until `work` has settled, also when one of them fails meanwhile. */
  use<T>(places: readonly SetDestination[], work: () => Promise<T>): Promise<T>
  /**
   * This storage cannot have the set. Throws `backup/storage-failed` when that is the end for all of them; else they go on without it, and its draft is
   * removed as soon as nobody uses it. Told a second time, of one that has failed already, it does nothing.
   */
  fail(target: OpenTarget, cause: unknown): void
  readonly failed: readonly FailedTarget[]
  /** As `fail`, but the others go on in any case. */
  lose(target: OpenTarget, cause: unknown): void
  /** This draft was committed: nothing of it is to be removed any more. */
  settle(place: SetDestination): void
  /** Removes the drafts that are left. Resolves with the storages where that took too long; the next run removes those. */
  abortAll(): Promise<readonly SetStore[]>
}

export interface PlacesPolicy {
  readonly set: string
  /** `any`: a failing storage fails only itself, as long as one is left. */
  readonly require: 'all' | 'any'
  /** How many storages of the step keep anything. */
  readonly wanted: number
  readonly onFailed: (failed: FailedTarget) => void
}

interface Entry {
  readonly place: SetDestination
  state: 'living' | 'failed' | 'settled' | 'aborted'
  users: number
}

/** Of all places, those begun so far: each is added when its draft is there. */
export function openPlaces({ set, require: policy, wanted, onFailed }: PlacesPolicy): Places {
  const entries: Entry[] = []
  const failed: FailedTarget[] = []
  let end: unknown
  const removals: { readonly sets: SetStore; readonly isDone: Promise<boolean> }[] = []
  const living = () => entries.filter(({ state, place }) => state === 'living' && place.sets.keeps).map(({ place }) => place)
  const entriesOf = (places: readonly SetDestination[]) => entries.filter(({ place }) => places.includes(place))
  const abort = (entry: Entry) => {
    entry.state = 'aborted'
    removals.push({ sets: entry.place.sets, isDone: settledWithin(CLEAR_UP_LIMIT_MS, entry.place.draft.abort()) })
  }
  const abortUnused = () => {
    for (const entry of entries) if (entry.state === 'failed' && entry.users === 0) abort(entry)
  }
  const lose = ({ sets }: OpenTarget, cause: unknown) => {
    if (failed.some((it) => it.sets === sets)) return
    failed.push({ sets, cause })
    if (wanted > 1) onFailed({ sets, cause })
    for (const entry of entries) if (entry.place.sets === sets && entry.state === 'living') entry.state = 'failed'
    abortUnused()
  }
  return {
    set,
    add(place) {
      entries.push({ place, state: 'living', users: 0 })
      // What publishes by a rename goes first: it is quick, and others can read what it has.
      entries.sort((a, b) => Number(b.place.sets.isLocal) - Number(a.place.sets.isLocal))
    },
    living,
    async use(places, work) {
      const used = entriesOf(places)
      for (const entry of used) entry.users += 1
      try {
        return await work()
      } finally {
        for (const entry of used) entry.users -= 1
        abortUnused()
      }
    },
    lose,
    fail(target, cause) {
      const { sets } = target
      if (end !== undefined) throw end
      const isNew = !failed.some((it) => it.sets === sets)
      lose(target, cause)
      if (isNew && wanted === 1) end = cause
      else if (isNew && (policy === 'all' || failed.length === wanted)) end = storageFailed({ sets, cause })
      if (end !== undefined) throw end
    },
    failed,
    settle(place) {
      for (const entry of entriesOf([place])) entry.state = 'settled'
    },
    async abortAll() {
      for (const entry of entries) if (entry.state === 'living' || entry.state === 'failed') abort(entry)
      const ends = await Promise.all(removals.map(async ({ sets, isDone }) => ({ sets, isDone: await isDone })))
      return ends.filter(({ isDone }) => !isDone).map(({ sets }) => sets)
    },
  }
}

/** That one of several storages cannot have the set, and why. */
export function storageFailed({ sets, cause }: FailedTarget): BackupError {
  return new BackupError('storage-failed', `could not store the new set on "${sets.label}"`, { cause })
}
