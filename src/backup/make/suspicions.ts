import { AppError } from '../../lib/errors.ts'
import { isJudged, judgeObjects } from '../coverage/judge-objects.ts'
import { isAcceptedSet } from '../keep/acceptance.ts'
import type { Manifest, ObjectRecord } from '../set/manifest.ts'
import type { SetStore } from '../set/set-store.ts'
import { isOfOther } from '../set/standing.ts'
import type { SetContext } from './set-context.ts'

// Older ones say little about the new set.
const MOST_LOOKED_AT = 20

/** What is conspicuous about the new objects, compared with those of the last set that counts. A storage that cannot be read gives no history. */
export async function suspicionsOf(objects: readonly ObjectRecord[], context: SetContext): Promise<readonly string[]> {
  const kept = context.targets.some(({ sets }) => sets.keeps)
  if (!kept || !objects.some(isJudged)) return []
  const last = await lastCounted(context)
  return judgeObjects(objects, new Map(last?.objects.map((object) => [object.path, object])))
}

async function lastCounted({ destinations, run, call }: SetContext): Promise<Manifest | undefined> {
  for (const { sets } of destinations.active()) {
    try {
      const names = (await sets.names(call)).toReversed().slice(0, MOST_LOOKED_AT)
      for (const name of names) {
        const manifest = await sets.readManifest(name, call).catch(unreadable)
        if (manifest !== undefined && (await counts(manifest, { sets, name, call, run }))) return manifest
      }
    } catch (error) {
      if (call.signal.aborted || !(error instanceof AppError)) throw error
    }
  }
  return undefined
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof AppError)) throw error
}

interface Found extends Pick<SetContext, 'call' | 'run'> {
  readonly sets: SetStore
  readonly name: string
}

async function counts({ host, hostId, suspicious = [], failed = [] }: Manifest, { sets, name, call, run }: Found): Promise<boolean> {
  if (failed.length > 0 || isOfOther({ host: { name: host, id: hostId } }, { name: run.host, id: run.hostId })) return false
  return suspicious.length === 0 || (sets.sideFiles !== undefined && (await isAcceptedSet(sets.sideFiles, name, call)))
}
