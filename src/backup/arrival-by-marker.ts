import { Readable } from 'node:stream'
import type { Call, Key, Storage, WorkRun } from '../storage/storage.ts'
import { removeMarked } from './marked-sets.ts'
import { BEGIN_MARKERS, beginMarkerOf, EXPIRING_MARKER, type MarkerDeps, putMarker, readMarker } from './markers.ts'
import { isOwnPath } from './own-paths.ts'
import { setTaken } from './set-name.ts'
import type { SetArrival } from './set-store.ts'

export interface MarkedArrival {
  readonly name: string
  readonly run: WorkRun
  readonly deps: MarkerDeps
}

/**
 * A set that comes to a storage without rename. Our begin marker is there before its first file and goes last. What a dead run left of the same set under
 * its own marker is taken over: that marker goes only when ours is there, so that the set is marked all the time.
 */
export async function arrivalByMarker(storage: Storage, { name, run, deps }: MarkedArrival, call: Call): Promise<SetArrival> {
  const marker = `${name}/${beginMarkerOf(run.runId)}`
  const owner = deps.ownerOf(run)
  await clearForUs(storage, { name, deps }, call)
  await putMarker(storage, marker, { owner, call })
  const { present, others } = await looked(storage, { name, marker }, call)
  for (const key of others) {
    if (await isDead(storage, { key, deps }, call)) await storage.remove(key, call)
    else {
      // Somebody else came at the same moment: both step back rather than that two make one set.
      await storage.remove(marker, call)
      throw setTaken(name, storage.label)
    }
  }
  call.reach?.('copy-begun')
  return {
    present,
    async put(path, body, putCall) {
      await storage.put(`${name}/${path}`, body, { ...putCall, kind: isOwnPath(path) ? 'own' : 'object' })
    },
    get: (path, getCall) => storage.get(`${name}/${path}`, getCall),
    remove: (path, removeCall) => storage.remove(`${name}/${path}`, removeCall),
    async publish(manifest, publishCall) {
      const text = manifest && Readable.from([Buffer.from(manifest.text)], { objectMode: false })
      if (text) await storage.put(`${name}/${manifest.path}`, text, { ...publishCall, kind: 'own' })
      publishCall.reach?.('copy-manifest-written')
      await storage.remove(marker, publishCall)
      publishCall.reach?.('copy-marker-removed')
    },
    // Under its marker it does not count; the next copy goes on with it, or the next run that makes a set sweeps it.
    leave: async () => undefined,
    async abort() {
      const last = { signal: new AbortController().signal }
      try {
        // Our marker may be gone although its removal seemed to fail: without a mark the set would be complete while we take it apart.
        await putMarker(storage, `${name}/${EXPIRING_MARKER}`, { owner, call: last })
        await removeMarked(storage, name, last)
      } catch {
        // It does not count, and a later run removes it; the cause that brought us here must not be hidden by this one.
      }
    },
  }
}

interface Judged {
  readonly name: string
  readonly deps: MarkerDeps
}

/** Throws when the set is there, or somebody alive makes or removes it; finishes what a dead run began to remove. */
async function clearForUs(storage: Storage, { name, deps }: Judged, call: Call): Promise<void> {
  const { present, others } = await looked(storage, { name, marker: undefined }, call)
  if (others.length === 0 && present.size === 0) return
  if (others.length === 0) throw setTaken(name, storage.label)
  const tombstone = others.find((key) => key === `${name}/${EXPIRING_MARKER}`)
  for (const key of others) if (!(await isDead(storage, { key, deps }, call))) throw setTaken(name, storage.label)
  if (tombstone !== undefined) await removeMarked(storage, name, call)
}

interface Looking {
  readonly name: string
  readonly marker: Key | undefined
}

/** The set's files with their sizes, and the keys of all markers but ours. */
async function looked(storage: Storage, { name, marker }: Looking, call: Call): Promise<{ present: Map<string, number>; others: readonly Key[] }> {
  const present = new Map<string, number>()
  const others: Key[] = []
  for await (const { key, bytes } of storage.list(`${name}/`, call)) {
    const path = key.slice(name.length + 1)
    if (path.startsWith(BEGIN_MARKERS) || path === EXPIRING_MARKER) {
      if (key !== marker) others.push(key)
    } else present.set(path, bytes)
  }
  return { present, others }
}

async function isDead(storage: Storage, { key, deps }: { readonly key: Key; readonly deps: MarkerDeps }, call: Call): Promise<boolean> {
  const owner = await readMarker(storage, key, call)
  return owner !== undefined && deps.isDead(owner)
}
