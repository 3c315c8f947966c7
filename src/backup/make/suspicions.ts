import { AppError, messageOf } from '../../lib/errors.ts'
import { quoted } from '../../storage/system-errors.ts'
import { compareObjects, isCompared } from '../coverage/compare-objects.ts'
import { describeDeparture } from '../coverage/describe-departure.ts'
import { comparedNumbers, type Departure, detectDrift } from '../coverage/detect-drift.ts'
import { measure, readHistory } from '../evidence/object-history.ts'
import { numbersOf } from '../evidence/publication.ts'
import { isAcceptedSet, isAdoptedSet } from '../keep/acceptance.ts'
import type { Manifest, ObjectRecord } from '../set/manifest.ts'
import type { SetStore } from '../set/set-store.ts'
import { isOfOther } from '../set/standing.ts'
import type { SetContext } from './set-context.ts'

// Older ones are no measure of the new set.
const MOST_LOOKED_AT = 20

/** What is conspicuous about the new objects. */
export interface Suspicions {
  /** Why the set may lack data: rotation waits. */
  readonly suspicious: readonly string[]
  /** What departs from its history, but less. */
  readonly notices: readonly string[]
}

/**
 * What is conspicuous about the new objects, compared with their history on record, and numbers without a sufficient one with the last set that counts. A storage that
 * cannot be read has no history.
 */
export async function suspicionsOf(objects: readonly ObjectRecord[], context: SetContext): Promise<Suspicions> {
  if (!context.targets.some(({ sets }) => sets.keeps)) return { suspicious: [], notices: [] }
  const { run, step, evidence } = context
  const historyOf = await readHistory(evidence, { task: run.task, step: step.name, isAccepted: (set) => isAcceptedAnywhere(set, context) })
  const compared = objects.map((object) => {
    const numbers = numbersOf(object)
    const history = historyOf(numbers)
    return { object, numbers: comparedNumbers(history), departures: detectDrift(history, measure(numbers)) }
  })
  const { last, trouble } = objects.some(isCompared) ? await lastCounted(context) : {}
  const before = new Map(last?.objects.map((object) => [object.path, object]))
  const of = (level: Departure['level']) =>
    compared.flatMap(({ object, departures }) =>
      departures.filter((it) => it.level === level).map((it) => `object ${quoted(object.path)}: ${describeDeparture(it)}`),
    )
  const byHistory = new Map(compared.map((it) => [it.object.path, it.numbers]))
  // Without a manifest to compare with, nothing is conspicuous.
  const isUncompared = trouble !== undefined && objects.some((object) => isCompared(object) && !byHistory.get(object.path)?.size)
  const uncompared = isUncompared ? [`could not compare the objects with those of previous sets: ${trouble}`] : []
  return { suspicious: [...compareObjects(objects, before, byHistory), ...of('suspicious')], notices: [...of('notice'), ...uncompared] }
}

async function isAcceptedAnywhere(set: string, { destinations, call }: SetContext): Promise<boolean> {
  for (const { sets } of destinations.active())
    if (sets.sideFiles !== undefined && (await isAcceptedSet(sets.sideFiles, set, call).catch(() => false))) return true
  return false
}

interface LastCounted {
  readonly last?: Manifest
  /** If there is none: why a manifest could not be read. */
  readonly trouble?: string
}

/** The manifest of the last set that counts, on the first storage that has one. */
async function lastCounted({ destinations, run, call }: SetContext): Promise<LastCounted> {
  let trouble: string | undefined
  const failed = (error: unknown) => {
    if (call.signal.aborted || !(error instanceof AppError)) throw error
    if (!WITHOUT_MANIFEST.has(error.code)) trouble ??= messageOf(error)
    return undefined
  }
  for (const { sets } of destinations.active()) {
    try {
      const names = (await sets.names(call)).toReversed().slice(0, MOST_LOOKED_AT)
      for (const name of names) {
        const manifest = await sets.readManifest(name, call).catch(failed)
        if (manifest !== undefined && (await counts(manifest, { sets, name, call, run }))) return { last: manifest }
      }
    } catch (error) {
      failed(error)
    }
  }
  return trouble === undefined ? {} : { trouble }
}

// Sets of an ancestor, and those that are being made or removed.
const WITHOUT_MANIFEST: ReadonlySet<string> = new Set(['backup/legacy', 'backup/unfinished', 'backup/no-set'])

interface Found extends Pick<SetContext, 'call' | 'run'> {
  readonly sets: SetStore
  readonly name: string
}

async function counts({ host, hostId, suspicious = [], failed = [] }: Manifest, { sets, name, call, run }: Found): Promise<boolean> {
  if (failed.length > 0) return false
  const isForeign = isOfOther({ host: { name: host, id: hostId } }, { name: run.host, id: run.hostId })
  if (isForeign && (sets.sideFiles === undefined || !(await isAdoptedSet(sets.sideFiles, { set: name, host: run.hostId ?? '' }, call)))) return false
  return suspicious.length === 0 || (sets.sideFiles !== undefined && (await isAcceptedSet(sets.sideFiles, name, call)))
}
