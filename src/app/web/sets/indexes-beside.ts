import { mayBeBeside } from '../../../backup/contents/index/index-places.ts'
import { listByIndex } from '../../../backup/contents/list-contents.ts'
import type { EntryConsumer, Listing } from '../../../backup/contents/listing.ts'
import type { StoredRecord } from '../../../backup/restore/restore-jobs.ts'
import { indexNameOf } from '../../../backup/set/side-files.ts'
import { type AppError, messageOf } from '../../../lib/errors.ts'
import type { OwnedSets } from '../../../plan/steps/sets-of.ts'
import { stateFolder } from '../../host/state-folder.ts'
import { eachSetStore } from '../../sets/each-set-store.ts'
import { collecting, type WebHost } from '../web-host.ts'
import { keyOf, type SetView } from './set-list.ts'

/** The indexes beside the sets, on the storages. */
export interface IndexesBeside {
  /**
   * Lists an object from its index. Undefined if it has none; `unlisted` if one may be on a storage that cannot be read: `unreadable` if no other
   * storage has the set.
   */
  list(view: SetView, record: StoredRecord, consumer: EntryConsumer): Promise<Listing | undefined>
}

/** How long the names of the indexes beside a set are kept: one question for all its objects. */
const NAMES_MS = 15_000
const KEPT_NAMES = 1000

interface Names {
  readonly names: ReadonlySet<string>
  /** Whether a storage could be read. */
  readonly isRead: boolean
  readonly failures: readonly AppError[]
}

/** `ownedOf`: the storages of a set. */
export function openIndexesBeside(ownedOf: (view: SetView) => Promise<readonly OwnedSets[]>, host: WebHost): IndexesBeside {
  const kept = new Map<string, { readonly names: Promise<Names>; readonly atMs: number }>()
  const call = { signal: host.signals.stop }
  const readNames = async (view: SetView): Promise<Names> => {
    const names = new Set<string>()
    let isRead = false
    const collected = collecting(host)
    await eachSetStore(await ownedOf(view), collected.host, async (store) => {
      for (const name of (await store.sideFiles?.names(`${view.name}.`, call)) ?? []) names.add(name)
      isRead = true
    })
    return { names, isRead, failures: collected.failures }
  }
  const namesOf = (view: SetView): Promise<Names> => {
    const key = keyOf(view)
    const known = kept.get(key)
    if (known !== undefined && performance.now() - known.atMs < NAMES_MS) return known.names
    if (kept.size >= KEPT_NAMES) kept.clear()
    const names = readNames(view)
    names.catch(() => {
      if (kept.get(key)?.names === names) kept.delete(key)
    })
    kept.set(key, { names, atMs: performance.now() })
    return names
  }
  return {
    async list(view, record, consumer) {
      if (!mayBeBeside(record)) return undefined
      const { names, isRead, failures } = await namesOf(view)
      const collected = collecting(host)
      let found: Listing | undefined
      if (names.has(indexNameOf(view.name, record.path)))
        await eachSetStore(await ownedOf(view), collected.host, async (store) => {
          const places = { sets: store, stateFolder: stateFolder(host.env, host.uid) }
          found ??= await listByIndex({ places, set: view.name, record }, consumer, call)
        })
      const [failure] = [...collected.failures, ...failures]
      if (found !== undefined || failure === undefined) return found
      const message = `"${record.path}" may have an index on a storage that cannot be read: ${messageOf(failure)}`
      return { kind: 'unlisted', why: isRead && collected.failures.length === 0 ? 'absent' : 'unreadable', message }
    },
  }
}
