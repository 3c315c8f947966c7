import { Readable } from 'node:stream'
import type { Call, Storage, StoredObject } from '../storage/storage.ts'
import { areDead, type Claiming, claimMarked, type Found, lookInto } from './claim-marked.ts'
import { removeKeys, removeMarked } from './marked-sets.ts'
import { EXPIRING_MARKER, type MarkerDeps, putMarker } from './markers.ts'
import { isOwnPath } from './own-paths.ts'
import { setTaken } from './set-name.ts'
import type { SetArrival } from './set-store.ts'

/**
 * A set that comes to a storage without rename. Our begin marker is there before its first file and goes last. What a dead run left of the same set under
 * its own marker is taken over: that marker goes only when ours is there, so that the set is marked all the time.
 */
export async function arrivalByMarker(storage: Storage, { name, run, deps }: Claiming, call: Call): Promise<SetArrival> {
  const owner = deps.ownerOf(run)
  await finishRemoval(storage, { name, deps }, call)
  const isFree = ({ present, others }: Found) => mayCome(storage, { present, others, deps }, call)
  const claimed = await claimMarked(storage, { name, run, deps, isFree }, call)
  if (claimed === undefined) throw setTaken(name, storage.label)
  const { marker, present, others } = claimed
  for (const key of others) await storage.remove(key, call)
  call.reach?.('copy-begun')
  const wanted = new Map(present)
  const put = async (path: string, body: Readable, putCall: Call & { readonly expectedBytes?: number }): Promise<StoredObject> => {
    const stored = await storage.put(`${name}/${path}`, body, { ...putCall, kind: isOwnPath(path) ? 'own' : 'object' })
    wanted.set(path, stored.bytes)
    return stored
  }
  /** Throws unless the set is ours alone and nothing of it has gone: no lock keeps others from removing what they take for left over. */
  const refuseTouched = async (lookCall: Call) => {
    const found = await lookInto(storage, { name, marker }, lookCall)
    const isThere = [...wanted].every(([path, bytes]) => found.present.get(path) === bytes)
    if (found.isMarked && found.others.length === 0 && isThere) return
    // Without a mark it would count.
    if (!found.isMarked) await putMarker(storage, marker, { owner, call: lookCall })
    throw setTaken(name, storage.label)
  }
  return {
    present,
    async put(path, body, putCall) {
      await put(path, body, putCall)
    },
    get: (path, getCall) => storage.get(`${name}/${path}`, getCall),
    async remove(path, removeCall) {
      wanted.delete(path)
      await storage.remove(`${name}/${path}`, removeCall)
    },
    async publish(manifest, publishCall) {
      if (manifest) await put(manifest.path, Readable.from([Buffer.from(manifest.text)], { objectMode: false }), publishCall)
      publishCall.reach?.('copy-manifest-written')
      await refuseTouched(publishCall)
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

/** Free for a set that is to come: nothing is there, or what is was left by the dead. */
async function mayCome(
  storage: Storage,
  { present, others, deps }: Pick<Found, 'present' | 'others'> & { readonly deps: MarkerDeps },
  call: Call,
): Promise<boolean> {
  return others.length === 0 ? present.size === 0 : await areDead(storage, { markers: others, deps }, call)
}

/** What a dead run began to remove goes first, under the tombstone: by what was seen with it, as somebody else may finish it too and begin anew. */
async function finishRemoval(storage: Storage, { name, deps }: Pick<Claiming, 'name' | 'deps'>, call: Call): Promise<void> {
  const { present, others } = await lookInto(storage, { name, marker: undefined }, call)
  if (!others.includes(`${name}/${EXPIRING_MARKER}`) || !(await areDead(storage, { markers: others, deps }, call))) return
  await removeKeys(storage, { name, keys: [...[...present.keys()].map((path) => `${name}/${path}`), ...others] }, call)
}
