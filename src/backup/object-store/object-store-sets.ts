import { Readable } from 'node:stream'
import { openWorkGroup } from '../../lib/work-group.ts'
import { isFull, type Key, type OperationContext, type Storage, StorageError, type WorkRun } from '../../storage/storage.ts'
import { metadataFiles } from '../guide/metadata-files.ts'
import { BackupError } from '../set/errors.ts'
import { loadManifest, MANIFEST_PATHS, manifestOrThrow } from '../set/load-manifest.ts'
import type { ManifestFacts } from '../set/manifest.ts'
import { createManifest } from '../set/manifest.ts'
import { isMetadataPath, refuseReservedPath } from '../set/metadata-paths.ts'
import { nameOfSet, noSet, type SetNameForm } from '../set/set-name.ts'
import type { SetStore, SetSummary, StreamDraft } from '../set/set-store.ts'
import { recordsOn, sideFilesOn } from '../set/side-files.ts'
import { claimFreeName } from './claim-set-name.ts'
import { type LeasedSet, openLeasedSet } from './leased-set.ts'
import { listSetKeys } from './list-set-keys.ts'
import { findStoredSet, isSet, isUnmarked, listStoredSets, type StoredSet } from './list-stored-sets.ts'
import { EXPIRING_MARKER, hostMarkers, leasedOwner, type MarkerDeps, putMarker, termGuard } from './marker-files.ts'
import { keysOfMarkers } from './markers-of-set.ts'
import { type ReceiveRequest, receiveOnObjectStore } from './object-store-receiver.ts'
import { removeSetKeys } from './remove-set-keys.ts'
import { loadListedManifest, stateOfStoredSet } from './set-state.ts'
import { sweepSets } from './sweep-sets.ts'
import { findUploads, sweepUploads } from './sweep-uploads.ts'

/**
 * Sets on a storage without rename. A set has its name, a begin marker and a lease before its first object; then objects, checksums, guide and
 * manifest are stored; the begin marker is removed last, which completes the set. To expire a set, a tombstone is stored first and removed last.
 * Wherever this is interrupted, a set that counts as complete has all its objects, by the listing itself.
 *
 * There is no lock across processes: runs are separated by the names of their sets and by leases, and concurrent rotations remove the same sets.
 * `docs/format/set.md` describes the whole protocol.
 */
export function objectStoreSets(
  storage: Storage,
  { completeWhen }: { readonly completeWhen: 'folder' | 'manifest' },
  deps: MarkerDeps = hostMarkers,
): SetStore {
  const isLegacyRoot = completeWhen === 'folder'
  const exclusively = oneAtATime()
  let hasSwept = false
  const find = async (name: string, call: OperationContext): Promise<StoredSet> => {
    const found = await findStoredSet(storage, nameOfSet(name), call)
    if (found === undefined) throw noSet(name, storage.label)
    return found
  }
  const receive = (request: Pick<ReceiveRequest, 'name' | 'run' | 'isAgain'>, call: OperationContext) =>
    exclusively(async () => {
      const receiver = await receiveOnObjectStore(storage, { ...request, deps, isLegacyRoot, sweeps: !hasSwept }, call)
      hasSwept = true
      return receiver
    })
  return {
    label: storage.label,
    keeps: true,
    isLocal: false,
    nameForm: formOf(isLegacyRoot),
    receive: (name, run, call) => receive({ name: nameOfSet(name), run, isAgain: false }, call),
    receiveAgain: (name, run, call) => receive({ name: nameOfSet(name), run, isAgain: true }, call),
    names: async (call) => (await listStoredSets(storage, call)).map(({ name }) => name),
    begin: (run, call) => exclusively(() => begin(storage, { run, deps, isLegacyRoot }, call)),
    async list(call) {
      const found = await listStoredSets(storage, call)
      const summaries = new Map<string, SetSummary>()
      const reading = openWorkGroup(MANIFESTS_AT_ONCE, call.signal)
      for (const set of found.filter(isSet)) {
        await reading.begin(async (signal) => {
          summaries.set(set.name, await stateOfStoredSet(storage, set, { isLegacyRoot, call: { ...call, signal } }))
        })
      }
      await reading.settled()
      return found.flatMap(({ name }) => summaries.get(name) ?? [])
    },
    expire: (name, call) => expire(storage, { name: nameOfSet(name), deps, isLegacyRoot }, call),
    exclusively: (_call, work) => exclusively(work),
    ...(storage.archive && { archive: (name: string, call: OperationContext) => archiveObjects(storage, name, call) }),
    async readManifest(name, call) {
      const set = await find(name, call)
      const loaded = await loadListedManifest(storage, set, call)
      return manifestOrThrow(loaded, { set: name, isLegacy: isLegacyRoot && isUnmarked(set) })
    },
    openObject: async (name, path, call) => storage.get(`${nameOfSet(name)}/${path}`, call),
    sideFiles: sideFilesOn(storage),
    records: recordsOn(storage),
    async listFiles(name, call) {
      await find(name, call)
      return [...(await listSetKeys(storage, name, call)).files].map(([path, bytes]) => ({ path, bytes }))
    },
  }
}

function formOf(isLegacyRoot: boolean): SetNameForm {
  return isLegacyRoot ? 'extended' : 'basic'
}

const MANIFESTS_AT_ONCE = 8

interface Expiry {
  readonly name: string
  readonly deps: MarkerDeps
  readonly isLegacyRoot: boolean
}

/** Removes a complete set: it does not count from the first change on, and whatever is left is removed by later runs. */
async function expire(storage: Storage, { name, deps, isLegacyRoot }: Expiry, call: OperationContext): Promise<void> {
  const owner = leasedOwner(deps, { runId: `expire-${name}`, task: '' })
  const assertInTerm = termGuard(deps)
  const tombstone = `${name}/${EXPIRING_MARKER}`
  const putTombstone = () => putMarker(storage, tombstone, { owner, call })
  const hasTombstone = await putTombstone().then(
    () => true,
    (error: unknown) => {
      if (isLegacyRoot || !isFull(error)) throw error
      return putTombstoneInFullStore(storage, { name, putTombstone }, call)
    },
  )
  call.failpoint?.('tombstone-put')
  const { markers, files } = await listSetKeys(storage, name, call)
  if (!hasTombstone && markers.begin.length > 0)
    throw new StorageError('full', `could not mark "${name}" in "${storage.label}" as being removed, and another run uses this name`, {
      hint: 'Free some space in the store; the next run removes the remains.',
    })
  await removeSetKeys(
    storage,
    { name, keys: [...keysOf(name, files), ...keysOfMarkers(markers)], ...(hasTombstone && { last: tombstone }), deps, assertInTerm },
    call,
  )
  call.failpoint?.('expire-deleted')
}

/**
 * A full store accepts no tombstone, but only a removal frees space. The metadata files are removed first, until it accepts one: the checksums before the manifest, so
 * that what is left if the removal ends here is not considered a damaged set, which would be kept. False if the store accepts no tombstone afterwards either.
 */
async function putTombstoneInFullStore(
  storage: Storage,
  { name, putTombstone }: { readonly name: string; readonly putTombstone: () => Promise<void> },
  call: OperationContext,
): Promise<boolean> {
  const { files } = await listSetKeys(storage, name, call)
  const rank = (path: string) => (path.endsWith('SHA256SUMS') ? 0 : MANIFEST_PATHS.includes(path) ? 1 : 2)
  for (const path of [...files.keys()].filter(isMetadataPath).toSorted((a, b) => rank(a) - rank(b))) {
    await storage.remove(`${name}/${path}`, call)
    if (await hasPutTombstone(putTombstone)) return true
  }
  return false
}

async function hasPutTombstone(putTombstone: () => Promise<void>): Promise<boolean> {
  try {
    await putTombstone()
    return true
  } catch (error) {
    if (!isFull(error)) throw error
    return false
  }
}

function keysOf(name: string, files: ReadonlyMap<string, number>): readonly Key[] {
  return [...files.keys()].map((path) => `${name}/${path}`)
}

/** Metadata files are not archived, so that they can always be read. */
async function archiveObjects(storage: Storage, name: string, call: OperationContext): Promise<void> {
  const loaded = await loadManifest(storage, { set: nameOfSet(name) }, call)
  const keys = loaded.kind === 'ours' ? loaded.manifest.objects.map(({ path }) => `${name}/${path}`) : await foreignKeys(storage, name, call)
  await storage.archive?.(keys, call)
}

async function foreignKeys(storage: Storage, name: string, call: OperationContext): Promise<readonly Key[]> {
  const { files } = await listSetKeys(storage, name, call)
  return [...files.keys()].filter((path) => !isMetadataPath(path)).map((path) => `${name}/${path}`)
}

interface Beginning {
  readonly run: WorkRun
  readonly deps: MarkerDeps
  readonly isLegacyRoot: boolean
}

async function begin(storage: Storage, { run, deps, isLegacyRoot }: Beginning, call: OperationContext): Promise<StreamDraft> {
  const { began } = run
  if (began === undefined) throw new BackupError('no-begin-time', `missing start time of a set on "${storage.label}"`)
  // Before the sets are listed: a run stores its marker before it begins an upload.
  const uploads = await findUploads(storage, call)
  const present = await listStoredSets(storage, call)
  const owner = leasedOwner(deps, run)
  // Before the sweep, which compares the age of markers with the time when this marker was stored.
  const request = { run: { ...run, began }, deps, present: present.map(({ name }) => name), nameForm: formOf(isLegacyRoot) }
  const claimed = await claimFreeName(storage, request, call)
  const draft = draftOf(claimed.name, await openLeasedSet(storage, { claimed, owner, deps, isLegacyRoot }, call))
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

function draftOf(name: string, set: LeasedSet): StreamDraft {
  return {
    kind: 'stream',
    name,
    async putObject(path, body, options, call) {
      try {
        refuseReservedPath(path)
      } catch (error) {
        body.destroy()
        throw error
      }
      await set.put(path, body, { ...call, ...options })
    },
    async commit(_wanted, facts: ManifestFacts, call) {
      const files = metadataFiles(createManifest(name, facts))
      for (const [index, { path, text }] of files.entries()) {
        // Before the first file, because files do not name their run; before the manifest, because it completes the set.
        if (index === 0 || index === files.length - 1) await set.assertIntact(call)
        await set.put(path, Readable.from([Buffer.from(text)], { objectMode: false }), { ...call, kind: 'metadata' })
        call.failpoint?.('own-file-written')
      }
      call.failpoint?.('manifest-written')
      await set.publish(call)
      call.failpoint?.('marker-removed')
      await set.confirm(call)
      return name
    },
    async abort() {
      try {
        await set.rollBack()
      } catch {
        // The set does not count, and the next run removes it; the original error must be reported, not this one.
      }
    },
  }
}

/** Executes operations one at a time, within this process. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
