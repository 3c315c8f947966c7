import { Readable } from 'node:stream'
import type { OperationContext, Storage } from '../../storage/storage.ts'
import { BackupError } from '../set/errors.ts'
import { isOwnPath } from '../set/metadata-paths.ts'
import { setTaken } from '../set/set-name.ts'
import type { SetArrival } from '../set/set-store.ts'
import { type Claiming, claimMarked } from './claim-set-name.ts'
import { areOver } from './expired-markers.ts'
import { type OwnSet, openOwnSet } from './leased-set.ts'
import { findMarkedSet, listMarkedSets, type MarkedSet } from './list-sets.ts'
import { beginMarkerOf, leasedOwner, putMarker } from './markers.ts'
import { takeApart } from './remove-leftover.ts'
import { isBeingRemoved, isInMaking, keysOfMarks, type Look, lookInto } from './set-markers.ts'
import { isOldFor, sweepSets } from './sweep-sets.ts'

export interface Receiving extends Claiming {
  readonly isLegacyRoot: boolean
  /** Whether to clear up as well what dead runs left there. */
  readonly sweeps: boolean
}

/**
 * A set that comes to a storage without rename. Our marks are there before its first file, and go last. What a dead run left of the same set under its
 * own is taken over: those marks go only when ours are there, so that the set is marked all the time.
 */
export async function arrivalByMarker(storage: Storage, receiving: Receiving, call: OperationContext): Promise<SetArrival> {
  const { name, run, deps, isLegacyRoot } = receiving
  const owner = leasedOwner(deps, run)
  await finishRemoval(storage, receiving, call)
  if (!(await mayCome(storage, receiving, call))) throw setTaken(name, storage.label)
  const isFree = async (look: Look, storeNow: Date | undefined) =>
    (await areOver({ storage, deps, storeNow }, { name, marks: look.marks, except: [`${name}/${beginMarkerOf(run.runId)}`] }, call)) &&
    (await mayCome(storage, receiving, call))
  const claimed = await claimMarked(storage, { name, run, deps, isFree }, call)
  if (claimed === undefined) throw setTaken(name, storage.label)
  const { look, storeNow } = claimed
  const own = await openOwnSet(storage, { claimed, owner, deps, isLegacyRoot }, call)
  try {
    for (const key of keysOfMarks(look.marks)) if (key !== claimed.marker) await storage.remove(key, call)
    if (receiving.sweeps) {
      const others = (await listMarkedSets(storage, call)).filter((set) => set.name !== name && !mayBeGoneOnWith(set, storeNow))
      await sweepSets(others, { storage, owner, deps, storeNow, isLegacyRoot }, call)
    }
    call.failpoint?.('copy-begun')
    own.expect(look.files)
    return arrivalOf(storage, { own, present: look.files, receiving })
  } catch (error) {
    await own.lease.end()
    throw error
  }
}

/** What an interrupted copy left may be wanted by a later one. */
function mayBeGoneOnWith(set: MarkedSet, storeNow: Date | undefined): boolean {
  return isInMaking(set.marks) && !isBeingRemoved(set.marks) && !isOldFor(set, storeNow)
}

interface Arriving {
  readonly own: OwnSet
  readonly present: ReadonlyMap<string, number>
  readonly receiving: Receiving
}

function arrivalOf(storage: Storage, { own, present, receiving: { name, run, deps } }: Arriving): SetArrival {
  /** Throws unless the set is ours alone and nothing of it has gone. */
  const refuseTouched = async (work: () => Promise<void>, call: OperationContext) => {
    const marker = `${name}/${beginMarkerOf(run.runId)}`
    try {
      await work()
      const { begin } = (await lookInto(storage, name, call)).marks
      if (begin.some(({ key }) => key !== marker)) throw setTaken(name, storage.label)
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      const { begin } = (await lookInto(storage, name, call)).marks
      // Without a mark it would count where no manifest is needed.
      if (!begin.some(({ key }) => key === marker)) await putMarker(storage, marker, { owner: leasedOwner(deps, run), call })
      throw new BackupError('taken', error.message, { cause: error, hint: error.hint })
    }
  }
  return {
    present,
    async put(path, body, call) {
      await own.put(path, body, { ...call, kind: isOwnPath(path) ? 'own' : 'object' })
    },
    get: (path, call) => storage.get(`${name}/${path}`, call),
    async remove(path, call) {
      own.forget(path)
      await storage.remove(`${name}/${path}`, call)
    },
    async publish(manifest, call) {
      await refuseTouched(() => own.refuseTouched(call), call)
      if (manifest) await own.put(manifest.path, Readable.from([Buffer.from(manifest.text)], { objectMode: false }), { ...call, kind: 'own' })
      call.failpoint?.('copy-manifest-written')
      await own.appear(call)
      call.failpoint?.('copy-marker-removed')
      await own.confirm(call)
    },
    // Under its marks it does not count; the next copy goes on with it, or the next run that makes a set sweeps it.
    leave: () => own.lease.end(),
    async abort() {
      try {
        await own.undo()
      } catch {
        // It does not count, and a later run removes it; the cause that brought us here must not be hidden by this one.
      }
    },
  }
}

/**
 * Whether a set may come under that name: nothing is there, or something that somebody was making. Not what counts, and not what had counted and is
 * damaged: that is for people to look at. Who put the marks is not judged here.
 */
async function mayCome(storage: Storage, { name, isLegacyRoot }: Receiving, call: OperationContext): Promise<boolean> {
  const set = await findMarkedSet(storage, name, call)
  if (set === undefined) return true
  if (set.marks.tombstone.length > 0) return false
  if (!set.hasFiles || isInMaking(set.marks)) return true
  // A begin marker alone is that of somebody who wanted the name: what lies there is not his.
  return !isLegacyRoot && set.manifestPaths.length === 0
}

/** What a dead run began to remove goes first. One that lives goes on with it, and would remove what comes. */
async function finishRemoval(storage: Storage, { name, run, deps, isLegacyRoot }: Receiving, call: OperationContext): Promise<void> {
  const { marks } = await lookInto(storage, name, call)
  if (marks.tombstone.length === 0 || !(await areOver({ storage, deps }, { name, marks, except: [] }, call))) return
  await takeApart(name, { storage, owner: leasedOwner(deps, run), deps, storeNow: undefined, isLegacyRoot }, call)
}
