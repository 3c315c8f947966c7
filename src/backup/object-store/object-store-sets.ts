import { Readable } from 'node:stream'
import { openLane } from '../../lib/work-group.ts'
import type { Key, OperationContext, Storage, WorkRun } from '../../storage/storage.ts'
import { ownFiles, refuseOwnFolder } from '../guide/metadata-files.ts'
import { BackupError } from '../set/errors.ts'
import { loadManifest, manifestOrThrow } from '../set/load-manifest.ts'
import { manifestOf } from '../set/manifest-of.ts'
import { isOwnPath } from '../set/metadata-paths.ts'
import { nameOfSet, noSet } from '../set/set-name.ts'
import type { ManifestFacts, SetStore, SetSummary, StreamDraft } from '../set/set-store.ts'
import { claimName } from './claim-set-name.ts'
import { type OwnSet, openOwnSet } from './leased-set.ts'
import { findMarkedSet, isSet, isUnmarked, listMarkedSets, type MarkedSet, removeKeys } from './list-sets.ts'
import { EXPIRING_MARKER, hostMarkers, leasedOwner, type MarkerDeps, putMarker, within } from './markers.ts'
import { arrivalByMarker } from './object-store-receiver.ts'
import { keysOfMarks, lookInto } from './set-markers.ts'
import { loadMarked, stateOfMarked } from './set-state.ts'
import { sweepSets } from './sweep-sets.ts'
import { findUploads, sweepUploads } from './sweep-uploads.ts'

/**
 * Sets on a storage without rename. A set gets its name, a begin marker and a lease before its first object; then objects, checksums, guide, manifest; the
 * marker goes last, and that makes it complete. Expiring puts a tombstone first and removes it last. Wherever this stops, a set that counts as complete
 * is whole, as the listing itself shows.
 *
 * There is no lock that other processes see: runs are kept apart by the names of their sets and by leases, and rotating twice at once removes the same sets.
 * `docs/format/set.md` has the whole protocol.
 */
export function byMarker(
  storage: Storage,
  { completeWhen }: { readonly completeWhen: 'folder' | 'manifest' },
  deps: MarkerDeps = hostMarkers,
): SetStore {
  const isLegacyRoot = completeWhen === 'folder'
  const exclusively = oneAtATime()
  let hasSwept = false
  const find = async (name: string, call: OperationContext): Promise<MarkedSet> => {
    const found = await findMarkedSet(storage, nameOfSet(name), call)
    if (found === undefined) throw noSet(name, storage.label)
    return found
  }
  return {
    label: storage.label,
    keeps: true,
    isLocal: false,
    receive: (name, run, call) =>
      exclusively(async () => {
        const arrival = await arrivalByMarker(storage, { name: nameOfSet(name), run, deps, isLegacyRoot, sweeps: !hasSwept }, call)
        hasSwept = true
        return arrival
      }),
    names: async (call) => (await listMarkedSets(storage, call)).map(({ name }) => name),
    begin: (run, call) => exclusively(() => begin(storage, { run, deps, isLegacyRoot }, call)),
    async list(call) {
      const found = await listMarkedSets(storage, call)
      const summaries = new Map<string, SetSummary>()
      const reading = openLane(MANIFESTS_AT_ONCE, call.signal)
      for (const set of found.filter(isSet)) {
        await reading.begin(async (signal) => {
          summaries.set(set.name, await stateOfMarked(storage, set, { isLegacyRoot, call: { ...call, signal } }))
        })
      }
      await reading.settled()
      return found.flatMap(({ name }) => summaries.get(name) ?? [])
    },
    async expire(name, call) {
      const owner = leasedOwner(deps, { runId: `expire-${nameOfSet(name)}`, task: '' })
      const mayGoOn = within(deps)
      const tombstone = `${name}/${EXPIRING_MARKER}`
      await putMarker(storage, tombstone, { owner, call })
      call.failpoint?.('tombstone-put')
      const { marks, files } = await lookInto(storage, name, call)
      await removeKeys(
        storage,
        { name, keys: [...[...files.keys()].map((path) => `${name}/${path}`), ...keysOfMarks(marks)], last: tombstone, mayGoOn },
        call,
      )
      call.failpoint?.('expire-deleted')
    },
    exclusively: (_call, work) => exclusively(work),
    ...(storage.archive && { archive: (name: string, call: OperationContext) => archiveObjects(storage, name, call) }),
    async readManifest(name, call) {
      const set = await find(name, call)
      const loaded = await loadMarked(storage, set, call)
      return manifestOrThrow(loaded, { set: name, isLegacy: isLegacyRoot && isUnmarked(set) })
    },
    openObject: async (name, path, call) => storage.get(`${nameOfSet(name)}/${path}`, call),
    async listFiles(name, call) {
      await find(name, call)
      return [...(await lookInto(storage, name, call)).files].map(([path, bytes]) => ({ path, bytes }))
    },
  }
}

const MANIFESTS_AT_ONCE = 8

/** What is ours stays where it can be read at any time. */
async function archiveObjects(storage: Storage, name: string, call: OperationContext): Promise<void> {
  const loaded = await loadManifest(storage, { set: nameOfSet(name) }, call)
  const keys = loaded.kind === 'ours' ? loaded.manifest.objects.map(({ path }) => `${name}/${path}`) : await foreignKeys(storage, name, call)
  await storage.archive?.(keys, call)
}

async function foreignKeys(storage: Storage, name: string, call: OperationContext): Promise<readonly Key[]> {
  const { files } = await lookInto(storage, name, call)
  return [...files.keys()].filter((path) => !isOwnPath(path)).map((path) => `${name}/${path}`)
}

interface Beginning {
  readonly run: WorkRun
  readonly deps: MarkerDeps
  readonly isLegacyRoot: boolean
}

async function begin(storage: Storage, { run, deps, isLegacyRoot }: Beginning, call: OperationContext): Promise<StreamDraft> {
  const { began } = run
  if (began === undefined) throw new BackupError('no-begin-time', `missing start time of a set on "${storage.label}"`)
  // Before the sets are listed: a run puts its marker before it begins an upload.
  const uploads = await findUploads(storage, call)
  const present = await listMarkedSets(storage, call)
  const owner = leasedOwner(deps, run)
  // Before the sweep: when our marker was put is the time of the store that others are judged by.
  const claimed = await claimName(storage, { run: { ...run, began }, deps, present: present.map(({ name }) => name) }, call)
  const draft = draftOf(claimed.name, await openOwnSet(storage, { claimed, owner, deps, isLegacyRoot }, call))
  try {
    const { storeNow } = claimed
    const swept = await sweepSets(present, { storage, owner, deps, storeNow, isLegacyRoot }, call)
    const unmarked = present.filter(isUnmarked).map(({ name }) => name)
    await sweepUploads(storage, uploads, { ...swept, unmarked, isLegacyRoot, now: [began, ...(storeNow ? [storeNow] : [])], call })
    call.failpoint?.('swept')
    call.failpoint?.('work-begun')
    return draft
  } catch (error) {
    await draft.abort()
    throw error
  }
}

function draftOf(name: string, own: OwnSet): StreamDraft {
  return {
    kind: 'stream',
    name,
    async putObject(path, body, options, call) {
      try {
        refuseOwnFolder(path)
      } catch (error) {
        body.destroy()
        throw error
      }
      await own.put(path, body, { ...call, ...options })
    },
    async commit(_wanted, facts: ManifestFacts, call) {
      const files = ownFiles(manifestOf(name, facts))
      for (const [index, { path, text }] of files.entries()) {
        // Before the first, as nothing says whose they are; before the manifest, as it makes the set.
        if (index === 0 || index === files.length - 1) await own.refuseTouched(call)
        await own.put(path, Readable.from([Buffer.from(text)], { objectMode: false }), { ...call, kind: 'own' })
        call.failpoint?.('own-file-written')
      }
      call.failpoint?.('manifest-written')
      await own.appear(call)
      call.failpoint?.('marker-removed')
      await own.confirm(call)
      return name
    },
    async abort() {
      try {
        await own.undo()
      } catch {
        // It does not count, and the next run removes it; the cause that brought us here must not be hidden by this one.
      }
    },
  }
}

/** Runs pieces of work one after the other, within this process. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
