import { Readable } from 'node:stream'
import { openLane } from '../lib/lane.ts'
import type { Call, Key, Storage, WorkRun } from '../storage/storage.ts'
import { arrivalByMarker } from './arrival-by-marker.ts'
import { areDead, type Claiming, claimMarked, type Found } from './claim-marked.ts'
import { BackupError } from './errors.ts'
import { type Loaded, loadManifest, manifestOrThrow } from './load-manifest.ts'
import { manifestOf } from './manifest-of.ts'
import { isMarked, listMarkedSets, type MarkedSet, removeKeys, removeMarked } from './marked-sets.ts'
import { beginMarkerOf, EXPIRING_MARKER, hostMarkers, type MarkerDeps, putMarker } from './markers.ts'
import { ownFiles, refuseOwnFolder } from './own-files.ts'
import { isOwnPath } from './own-paths.ts'
import { candidateNames, nameOfSet, noFreeName, noSet } from './set-name.ts'
import type { ManifestFacts, SetDraft, SetStore, SetSummary } from './set-store.ts'
import { summaryOf } from './summary.ts'
import { findUploads, sweepUploads } from './sweep-uploads.ts'

/**
 * Sets on a storage without rename. A set gets its name, and a begin marker, before its first object; then objects, checksums, guide, manifest; the
 * marker goes last, and that makes it complete. Expiring puts a tombstone first and removes it last. Wherever this stops, a set that counts as complete
 * is whole.
 *
 * There is no lock that other processes see: runs are kept apart by the names of their sets, and rotating twice at once removes the same sets.
 */
export function byMarker(
  storage: Storage,
  { completeWhen }: { readonly completeWhen: 'folder' | 'manifest' },
  deps: MarkerDeps = hostMarkers,
): SetStore {
  const isLegacy = completeWhen === 'folder'
  const exclusively = oneAtATime()
  const find = async (name: string, call: Call): Promise<MarkedSet> => {
    const found = (await listMarkedSets(storage, call)).find((set) => set.name === nameOfSet(name))
    if (found === undefined) throw noSet(name, storage.label)
    return found
  }
  return {
    label: storage.label,
    keeps: true,
    isLocal: false,
    receive: (name, run, call) => exclusively(() => arrivalByMarker(storage, { name: nameOfSet(name), run, deps }, call)),
    names: async (call) => (await listMarkedSets(storage, call)).map(({ name }) => name),
    begin: (run, call) => exclusively(() => begin(storage, { run, deps }, call)),
    async list(call) {
      const found = await listMarkedSets(storage, call)
      const summaries = new Map<string, SetSummary>()
      const reading = openLane(MANIFESTS_AT_ONCE, call.signal)
      for (const set of found) {
        await reading.begin(async (signal) => {
          const loaded = await loadMarked(storage, set, { ...call, signal })
          summaries.set(set.name, await summaryOf(set.name, loaded, { isLegacy: isLegacy && !isMarked(set), measure: async () => set.bytes }))
        })
      }
      await reading.settled()
      return found.flatMap(({ name }) => summaries.get(name) ?? [])
    },
    async expire(name, call) {
      const owner = deps.ownerOf({ runId: `expire-${nameOfSet(name)}`, task: '' })
      await putMarker(storage, `${name}/${EXPIRING_MARKER}`, { owner, call })
      call.reach?.('tombstone-put')
      await removeMarked(storage, name, call)
      call.reach?.('expire-deleted')
    },
    exclusively: (_call, work) => exclusively(work),
    ...(storage.archive && { archive: (name: string, call: Call) => archiveObjects(storage, name, call) }),
    async readManifest(name, call) {
      const set = await find(name, call)
      const loaded = await loadMarked(storage, set, call)
      return manifestOrThrow(loaded, { set: name, isLegacy: isLegacy && !isMarked(set) })
    },
    openObject: (name, path, call) => storage.get(`${nameOfSet(name)}/${path}`, call),
    async listFiles(name, call) {
      await find(name, call)
      const files = []
      for await (const { key, bytes } of storage.list(`${name}/`, call)) files.push({ path: key.slice(name.length + 1), bytes })
      return files
    },
  }
}

const MANIFESTS_AT_ONCE = 8

/** What the listing says is asked nobody else: a set without anything in the place of a manifest has none, however badly the storage can be reached. */
async function loadMarked(storage: Storage, set: MarkedSet, call: Call): Promise<Loaded> {
  return isMarked(set) ? { kind: 'none' } : loadManifest(storage, { set: set.name, paths: set.manifestPaths }, call)
}

/** What is ours stays where it can be read at any time. */
async function archiveObjects(storage: Storage, name: string, call: Call): Promise<void> {
  const loaded = await loadManifest(storage, { set: nameOfSet(name) }, call)
  const keys = loaded.kind === 'ours' ? loaded.manifest.objects.map(({ path }) => `${name}/${path}`) : await foreignKeys(storage, name, call)
  await storage.archive?.(keys, call)
}

async function foreignKeys(storage: Storage, name: string, call: Call): Promise<readonly Key[]> {
  const keys: Key[] = []
  for await (const { key } of storage.list(`${name}/`, call)) if (!isOwnPath(key.slice(name.length + 1))) keys.push(key)
  return keys
}

interface Beginning {
  readonly run: WorkRun
  readonly deps: MarkerDeps
}

async function begin(storage: Storage, { run, deps }: Beginning, call: Call): Promise<SetDraft> {
  const { began } = run
  if (began === undefined) throw new BackupError('no-begin-time', `a set on "${storage.label}" needs to be told when it began`)
  // Before the sets are: whoever begins an upload has put a marker before.
  const uploads = await findUploads(storage, call)
  const present = await listMarkedSets(storage, call)
  const live = await sweep(storage, { present, run, deps }, call)
  const complete = present.filter((set) => !isMarked(set)).map((set) => set.name)
  await sweepUploads(storage, uploads, { live, complete, now: began, call })
  call.reach?.('swept')
  const name = await claimName(storage, { run: { ...run, began }, deps, present: present.map((set) => set.name) }, call)
  call.reach?.('work-begun')
  return draftOf(storage, { name, marker: `${name}/${beginMarkerOf(run.runId)}`, owner: deps.ownerOf(run) })
}

/**
 * Removes what dead runs left, and resolves with the names of the sets that may still be made. A failure here is none of the new set's: what stays does not
 * count, and is tried again the next time.
 */
async function sweep(
  storage: Storage,
  { present, run, deps }: Beginning & { readonly present: readonly MarkedSet[] },
  call: Call,
): Promise<readonly string[]> {
  const live: string[] = []
  for (const set of present.filter(isMarked)) {
    try {
      if (!(await sweepSet(storage, { name: set.name, run, deps }, call))) live.push(set.name)
    } catch (error) {
      if (call.signal.aborted) throw error
      live.push(set.name)
    }
  }
  return live
}

/**
 * Removes a set that is left over; false when it is not. Under a claim, so that a copy which takes the set over meanwhile is seen, or sees us; and by what
 * was seen then, so that no marker of somebody who comes later goes.
 */
async function sweepSet(storage: Storage, { name, run, deps }: Claiming, call: Call): Promise<boolean> {
  const claimed = await claimMarked(storage, { name, run, deps, isFree: ({ others }) => isLeftOver(storage, { name, others, deps }, call) }, call)
  if (claimed === undefined) return false
  const { present, others, marker } = claimed
  await removeKeys(storage, { name, keys: [...[...present.keys()].map((path) => `${name}/${path}`), ...others, marker] }, call)
  return true
}

/** A set on its way out has nobody who wants it any more; one in the making is left over when all who made it are dead. */
async function isLeftOver(
  storage: Storage,
  { name, others, deps }: Pick<Found, 'others'> & Pick<Claiming, 'name' | 'deps'>,
  call: Call,
): Promise<boolean> {
  if (others.includes(`${name}/${EXPIRING_MARKER}`)) return true
  return others.length > 0 && (await areDead(storage, { markers: others, deps }, call))
}

interface Claim {
  readonly run: WorkRun & { readonly began: Date }
  readonly deps: MarkerDeps
  readonly present: readonly string[]
}

/**
 * Takes the first free name: puts our marker there, then looks who else is there. Whoever sees another's key steps back, so that of two runs in one
 * second at most one stays; the one whose marker sorts first tries the next second, the other the one after it, so that they part.
 */
async function claimName(storage: Storage, { run, deps, present }: Claim, call: Call): Promise<string> {
  const names = candidateNames(run.began, present)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] ?? ''
    const marker = `${name}/${beginMarkerOf(run.runId)}`
    await putMarker(storage, marker, { owner: deps.ownerOf(run), call })
    const others = await otherKeys(storage, { name, marker }, call)
    if (others.length === 0) return name
    await storage.remove(marker, call)
    index += others.filter((key) => key < marker).length
  }
  throw noFreeName(run.began)
}

async function otherKeys(storage: Storage, { name, marker }: { readonly name: string; readonly marker: Key }, call: Call): Promise<readonly Key[]> {
  const others: Key[] = []
  for await (const { key } of storage.list(`${name}/`, call)) if (key !== marker) others.push(key)
  return others
}

interface Draft {
  readonly name: string
  readonly marker: Key
  readonly owner: ReturnType<MarkerDeps['ownerOf']>
}

function draftOf(storage: Storage, { name, marker, owner }: Draft): SetDraft {
  let mayBeComplete = false
  return {
    name,
    async putObject(path, body, options, call) {
      try {
        refuseOwnFolder(path)
      } catch (error) {
        body.destroy()
        throw error
      }
      await storage.put(`${name}/${path}`, body, { ...call, ...options })
    },
    async commit(_wanted, facts: ManifestFacts, call) {
      for (const { path, text } of ownFiles(manifestOf(name, facts))) {
        await storage.put(`${name}/${path}`, Readable.from([Buffer.from(text)], { objectMode: false }), { ...call, kind: 'own' })
        call.reach?.('own-file-written')
      }
      call.reach?.('manifest-written')
      mayBeComplete = true
      await storage.remove(marker, call)
      call.reach?.('marker-removed')
      return name
    },
    async abort() {
      // Not the run's own signal, which is mostly why we are here: what is left would only be swept by a later run.
      const call = { signal: new AbortController().signal }
      try {
        // Our marker may be gone although its removal seemed to fail: without a mark the set would be complete while we take it apart.
        if (mayBeComplete) await putMarker(storage, `${name}/${EXPIRING_MARKER}`, { owner, call })
        await removeMarked(storage, name, call)
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
