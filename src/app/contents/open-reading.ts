import { completePlaces } from '../../backup/contents/index/index-places.ts'
import { type ListedObject, listByIndex, listByReading } from '../../backup/contents/list-contents.ts'
import type { EntryConsumer, Listing } from '../../backup/contents/listing.ts'
import type { StoredRecord } from '../../backup/restore/restore-jobs.ts'
import { recordsOf, type SetRecords } from '../../backup/restore/restore-set.ts'
import { countReading, type OnReadProgress } from '../../backup/store/read-progress.ts'
import { AppError } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import type { Host } from '../host/host.ts'
import { stateFolder } from '../host/state-folder.ts'
import { openHostProcesses } from '../host/wire.ts'
import { contentOf } from '../sets/open-verification.ts'
import { type KeyFiles, restoreKeys } from '../sets/restore-keys.ts'
import type { OpenPlace, PlacedSet } from './placed-sets.ts'

/** How contents are found out. */
export interface ContentsChoice {
  readonly keyFiles: KeyFiles
  /** Objects without an index are read, and get one. */
  readonly mayRead: boolean
}

/** `failed`: the paths of objects that could not be made. */
export type SetObjects = Pick<SetRecords, 'records' | 'failed'>

/** Lists the contents of objects. The caller closes it. */
export interface ContentsReader {
  /** The objects of a set, by its manifest, or by the plan if it has none. Rejects if it cannot be read on any storage. */
  objectsOf(set: PlacedSet): Promise<SetObjects>
  /** Rejects on an abort only. */
  list(set: PlacedSet, record: StoredRecord, consumer: EntryConsumer): Promise<Listing>
  /** Makes its index if it has none, or a damaged one, and stores it beside the set if only this host has it. Rejects on an abort only. */
  makeIndex(set: PlacedSet, record: StoredRecord): Promise<Listing>
  close(): Promise<void>
}

export interface ReadingObserver {
  /** An object is about to be read. */
  onRead(set: PlacedSet, record: StoredRecord, place: OpenPlace): void
  readonly onProgress?: OnReadProgress | undefined
}

export async function openContentsReader(
  { keyFiles, mayRead }: ContentsChoice,
  { plan, observer }: { readonly plan: Plan; readonly observer: ReadingObserver },
  host: Host,
): Promise<ContentsReader> {
  const keys = await restoreKeys(keyFiles, plan, host)
  const processes = mayRead ? openHostProcesses(host) : undefined
  // Programs that participate in reading must be ended with this process.
  if (mayRead) host.signals.arm()
  const call = { signal: host.signals.stop }
  const folder = stateFolder(host.env, host.uid)
  const objectIn = (set: PlacedSet, record: StoredRecord, { sets }: OpenPlace): ListedObject => ({
    places: { sets, stateFolder: folder },
    set: set.summary.name,
    record,
  })
  const read = async (set: PlacedSet, record: StoredRecord, consumer: EntryConsumer): Promise<Listing> => {
    let listing: Listing = { kind: 'unlisted', why: 'absent', message: `"${record.path}" has no index, and was not read` }
    if (processes === undefined) return listing
    for (const place of set.places) {
      observer.onRead(set, record, place)
      const count = countReading([record], observer)
      const onBytes = (bytes: number) => count.add(record.path, bytes)
      listing = await listByReading(objectIn(set, record, place), consumer, {
        processes,
        call,
        limits: DEFAULT_LIMITS,
        keys,
        clock: host.clock,
        onBytes,
      })
      if (listing.kind !== 'unlisted' || listing.why !== 'unreadable') return listing
    }
    return listing
  }
  const known = async (set: PlacedSet, record: StoredRecord, consumer: EntryConsumer): Promise<Listing | undefined> => {
    for (const place of set.places) {
      const listing = await listByIndex(objectIn(set, record, place), consumer, call)
      if (listing !== undefined) return listing
    }
    return undefined
  }
  return {
    objectsOf: (set) => objectsOf(set, host),
    list: async (set, record, consumer) => (await known(set, record, consumer)) ?? read(set, record, consumer),
    async makeIndex(set, record) {
      for (const place of set.places) {
        const object = objectIn(set, record, place)
        const listing = await listByIndex(object, NOTHING, call)
        if (listing?.isDamaged) break
        if (listing === undefined) continue
        const notStored = await completePlaces(object.places, object, call)
        return notStored === undefined ? listing : { ...listing, notStored }
      }
      return read(set, record, NOTHING)
    },
    async close() {
      await processes?.close()
    },
  }
}

// Each line is parsed: an index with an invalid one is damaged.
const NOTHING: EntryConsumer = { take: () => undefined }

async function objectsOf({ summary, step, places }: PlacedSet, host: Host): Promise<SetObjects> {
  let first: unknown
  for (const { sets } of places) {
    try {
      return await recordsOf(sets, { set: summary.name, contentOf: contentOf(step) }, { signal: host.signals.stop })
    } catch (error) {
      if (!(error instanceof AppError) || host.signals.stop.aborted) throw error
      first ??= error
    }
  }
  throw first
}
