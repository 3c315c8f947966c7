import { hostname } from 'node:os'
import { chooseDrillSet } from '../../backup/drill/choose-drill-set.ts'
import { drillOnRecord } from '../../backup/drill/drill-record.ts'
import type { DrillResult, ObjectDrill } from '../../backup/drill/drill-result.ts'
import { interruptedSet } from '../../backup/drill/open-answers.ts'
import type { SetStore } from '../../backup/set/set-store.ts'
import type { OnReadProgress } from '../../backup/store/read-progress.ts'
import { AppError } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import type { Plan } from '../../plan/plan.ts'
import type { DrillCheck, DrillLevel } from '../../plan/steps/drill-step.ts'
import type { OwnedTarget } from '../../plan/steps/sets-of.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { openEvidence } from '../host/open-evidence.ts'
import { stateFolder } from '../host/state-folder.ts'
import { openHostProcesses } from '../host/wire.ts'
import { eachRequestedStore } from './each-set-store.ts'
import { type KeyFiles, restoreKeys } from './restore-keys.ts'
import type { SetsRequest } from './sets-request.ts'

export interface DrillRequest extends SetsRequest {
  /** A name, `latest`, `random` or `unproven`. */
  readonly set: string
  readonly level: DrillLevel
  readonly keyFiles: KeyFiles
  /** The most objects that are restored at once. Absent: as configured. */
  readonly workers?: number
  /** For all processes together. Absent: the default. */
  readonly memoryBytes?: number
  /** Whether an interrupted drill is continued: that of `set`, or, for a choice, the one of the newest set. */
  readonly resume: boolean
  /** The folder for temporary places. Absent: the default. */
  readonly base: string | undefined
}

/** The location of a set in a drill. */
export interface DrillPlace {
  readonly owned: OwnedTarget
  readonly storage: string
}

/** Called during a drill. */
export interface DrillObserver {
  onBegin(set: string, storage: string): void
  /** Absent: the progress is not shown. */
  readonly onProgress?: OnReadProgress | undefined
  onObject(drill: ObjectDrill, place: DrillPlace): void
  onResult(result: DrillResult, place: DrillPlace): void
}

/** `failed`: at least one drill failed, a storage or set could not be read, or a storage has no sets. */
export type DrillSetsEnd = DrillResult['end']

const CHOICES = ['latest', 'random', 'unproven']

class NothingToDrill extends AppError {
  readonly code = 'cli/nothing-to-drill'
}

/**
 * Drills the selected set of each step on each storage. Each result is recorded in the journal, and beside the set. Rejects with `cli/nothing-to-drill` if no
 * such set exists.
 */
export async function drillSets(request: DrillRequest, observer: DrillObserver, host: Host): Promise<DrillSetsEnd> {
  const { plan, set: wanted, level } = request
  const keys = await restoreKeys(request.keyFiles, plan, host)
  const processes = openHostProcesses(host)
  const journal = openHostJournal(host)
  const evidence = openEvidence(journal, host)
  host.signals.arm()
  const ends: DrillSetsEnd[] = []
  const empty: string[] = []
  const call = { signal: host.signals.stop }
  const state = stateFolder(host.env, host.uid)
  const chooseSet = async (sets: SetStore, step: string) => {
    const interrupted =
      request.resume && CHOICES.includes(wanted)
        ? await interruptedSet({ stateFolder: state, step, storage: sets.label, level }, host.clock())
        : undefined
    const resumed = interrupted && (await chooseDrillSet(sets, { wanted: interrupted, random: Math.random }, call))
    return resumed ?? (await chooseDrillSet(sets, { wanted, random: Math.random }, call))
  }
  const drillStore = async (sets: SetStore, owned: OwnedTarget) => {
    const place = { owned, storage: sets.label }
    const set = await chooseSet(sets, owned.step.name)
    if (set === undefined) {
      if (CHOICES.includes(wanted)) empty.push(`no sets of step "${owned.step.name}" of task "${owned.task}" found on ${sets.label}`)
      return
    }
    observer.onBegin(set, sets.label)
    const drilling = { evidence, set, task: owned.task, step: owned.step.name, stateFolder: state, resume: request.resume }
    const { result, began, ended, notes } = await drillOnRecord(sets, drilling, {
      ...{ level, keys, processes, limits: DEFAULT_LIMITS, call, clock: host.clock, random: Math.random },
      workers: request.workers ?? plan.workers,
      ...(request.memoryBytes !== undefined && { memoryBytes: request.memoryBytes }),
      checks: checksOf(plan, owned.step.name),
      base: request.base ?? (host.env['TMPDIR'] || '/var/tmp'),
      ...(observer.onProgress && { onProgress: observer.onProgress }),
      onObject: (drill) => observer.onObject(drill, place),
    })
    ends.push(result.end)
    observer.onResult(result, place)
    const facts = { task: owned.task, step: owned.step.name, storage: sets.label, host: hostname(), began, ended }
    await journal.record({ kind: 'drill', set, ...facts, ...countsOf(result) })
    for (const text of notes) host.note(text)
  }
  let isRead: boolean
  try {
    isRead = await eachRequestedStore(request, host, drillStore)
  } finally {
    await processes.close()
    await journal.close()
  }
  if (host.signals.stop.aborted) return 'inconclusive'
  if (ends.length === 0 && isRead) throw nothingFound(wanted)
  for (const text of empty) host.fail(new NothingToDrill(text, { hint: 'Run the task, or "copy" its sets to this storage.' }))
  if (!isRead || empty.length > 0 || ends.includes('failed')) return 'failed'
  return ends.includes('inconclusive') ? 'inconclusive' : 'proven'
}

/** Of all steps that drill these sets; each once. */
function checksOf({ tasks }: Plan, step: string): readonly DrillCheck[] {
  const all = [...tasks.values()].flatMap(({ steps }) => steps.flatMap((it) => (it.kind === 'drill' && it.name === step ? it.checks : [])))
  return [...new Map(all.map((check) => [JSON.stringify(check), check])).values()]
}

function nothingFound(wanted: string): NothingToDrill {
  const what = CHOICES.includes(wanted) ? 'no sets to drill' : `unknown set "${printable(wanted)}"`
  return new NothingToDrill(what, { hint: 'See "sets" for the existing sets; "run" makes a new one.' })
}

function countsOf({ end, level, objects }: DrillResult) {
  const problems = objects.flatMap(({ path, reasons }) => reasons.map((reason) => `"${path}" ${reason}`))
  const bytes = BigInt(objects.reduce((sum, it) => sum + it.bytes, 0))
  return { good: end === 'proven', outcome: end, objects: objects.length, bytes, target: level, problems }
}
