import { printable } from '../../lib/format.ts'
import { openWorkGroup } from '../../lib/work-group.ts'
import type { DrillCheck, DrillLevel } from '../../plan/steps/drill-step.ts'
import type { Limits, Processes } from '../../process/processes.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { quoted } from '../../storage/system-errors.ts'
import { matchObject, type ObjectMatch } from '../filter/match-object.ts'
import type { RestoreKeys } from '../filter/restore-commands.ts'
import { whyNotConfined } from '../into-database/confine.ts'
import { decideRestore, type RestoreJob } from '../restore/restore-jobs.ts'
import { checkedBytes, startJob } from '../restore/restore-object.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import type { SetStore } from '../set/set-store.ts'
import { countReading, type OnReadProgress } from '../store/read-progress.ts'
import { wasRemoved } from '../store/was-removed.ts'
import { type DrilledObject, type DrillObjectDeps, drillObject } from './drill-object.ts'
import { type DrillEnd, type DrillResult, endOf, type ObjectDrill } from './drill-result.ts'
import { openRooms, sweepRooms } from './drill-room.ts'
import { type AnswersOf, type DrillAnswers, openAnswers } from './open-answers.ts'
import { shareMemory } from './share-memory.ts'

export interface DrillDeps {
  readonly level: DrillLevel
  readonly keys: RestoreKeys
  /** Questions of the user about restored objects. Absent: none. */
  readonly checks?: readonly DrillCheck[]
  readonly processes: Processes
  readonly limits: Limits
  readonly call: OperationContext
  readonly clock: () => Date
  /** The most objects that are restored at once. */
  readonly workers: number
  /** For all processes of all sandboxes together. Absent: its default. */
  readonly memoryBytes?: number
  /** The folder for temporary places. Absent: /var/tmp. */
  readonly base?: string
  /** As `Math.random`: chooses the object of a sample. */
  readonly random: () => number
  /** Keeps the answers until they are on record, so that an interrupted drill can be resumed. Absent: they are not kept. */
  readonly answers?: { readonly of: AnswersOf; readonly resume: boolean }
  readonly onProgress?: OnReadProgress
  /** In the order in which they end. */
  readonly onObject?: (drill: ObjectDrill) => void
}

/**
 * Restores the objects of a set into temporary places, several at once as far as memory and disk space permit, and compares. An object that reaches a limit of
 * the host while others are restored is tried again alone. Problems are part of the result: an object that could not be made is missing. Rejects if the set has no readable
 * manifest, and on an abort; nothing is restored then any more.
 */
export async function drillSet(sets: SetStore, set: string, deps: DrillDeps): Promise<DrillResult> {
  const { level, call, base = '/var/tmp', clock, onObject, checks = [] } = deps
  const { objects: records, failed = [], suspicious = [] } = await sets.readManifest(set, call)
  await sweepRooms(base, clock())
  const answers = await answersOf(set, records, deps)
  const chosen = new Set(answers?.chosen ?? chooseObjects(records, deps))
  const unconfined = level === 'structure' ? undefined : await whyNotConfined()
  const lacking = unconfined === undefined ? undefined : { lacks: unconfined }
  const asked = checks.map((check) => ({ check, match: matchObject(records, check.object) }))
  const checksOf = (record: ObjectRecord) => asked.filter(({ match }) => match.kind === 'found' && match.object === record).map(({ check }) => check)
  const rooms = openRooms(base)
  const { memoryBytes: _all, ...reading } = { sets, set, ...deps, rooms }
  const found = await drillEach(records, { ...deps, kept: answers }, async (record, one) => {
    const onlyRead = chosen.has(record.path) ? lacking : ('level' as const)
    return await drillOne(record, records, { ...reading, ...one, checks: checksOf(record), ...(onlyRead !== undefined && { onlyRead }) })
  })
  const others = failed.map((path) => untried(path, 'failed', 'is missing: it could not be made'))
  for (const { check, match } of asked) if (match.kind !== 'found') others.push(untried(check.object, 'failed', whyNotAsked(check, match)))
  for (const other of others) onObject?.(other)
  const drilled = [...found, ...others]
  const isFailed = endOf(drilled) === 'failed'
  const objects = isFailed && (await wasRemoved(sets, set, call)) ? drilled.map(withdrawn) : drilled
  const warnings = suspicious.map((reason) => `suspicious: ${reason}`)
  return { set, end: endOf(objects), level, objects, ...(warnings.length > 0 && { warnings }) }
}

/** A failure to read what was removed is no evidence about the backup. */
function withdrawn(drill: ObjectDrill): ObjectDrill {
  if (drill.end !== 'failed') return drill
  return { ...drill, end: 'inconclusive', reasons: [...drill.reasons, 'belongs to a set that was removed meanwhile'] }
}

/** What differs for each object. */
type OneDrill = Pick<DrillObjectDeps, 'call' | 'onBytes' | 'onActivity' | 'memoryBytes'>

/** In the order of the records. */
async function drillEach(
  records: readonly ObjectRecord[],
  deps: DrillDeps & { readonly kept: DrillAnswers | undefined },
  drill: (record: ObjectRecord, one: OneDrill) => Promise<DrilledObject>,
): Promise<readonly ObjectDrill[]> {
  const { call, clock, kept, memoryBytes, onObject } = deps
  const all = { call, ...(memoryBytes !== undefined && { memoryBytes }) }
  const { workers, ...share } = shareMemory({ ...all, workers: Math.min(deps.workers, records.length) })
  const count = countReading(records, { ...deps, atOnce: true })
  const found = new Map<ObjectRecord, ObjectDrill>()
  const short: ObjectRecord[] = []
  const later = (record: ObjectRecord) => {
    short.push(record)
    count.forget(record.path)
  }
  const end = (record: ObjectRecord, result: ObjectDrill) => {
    found.set(record, result)
    count.finish(record.path)
    onObject?.(result)
  }
  for (const record of records) {
    const earlier = kept?.earlier.get(record.path)
    if (earlier !== undefined) end(record, earlier)
  }
  const left = records.filter((record) => !found.has(record))
  const endNow = async (record: ObjectRecord, result: ObjectDrill) => {
    await kept?.keep(result, clock())
    end(record, result)
  }
  const group = openWorkGroup(workers, call.signal)
  try {
    for (const record of left)
      await group.begin(async (signal) => {
        const result = await drill(record, { ...all, ...share, call: { ...call, signal }, ...count.of(record.path) })
        if (workers > 1 && result.isShort) later(record)
        else await endNow(record, result.drill)
      })
  } finally {
    await group.settled()
  }
  for (const record of short) await endNow(record, (await drill(record, { ...all, ...count.of(record.path) })).drill)
  return records.flatMap((record) => found.get(record) ?? [])
}

function whyNotAsked({ label }: DrillCheck, match: Exclude<ObjectMatch<ObjectRecord>, { kind: 'found' }>): string {
  if (match.kind === 'unknown') return `is not in the set, but the check "${printable(label)}" is about it`
  return `can be any of ${match.paths.map(quoted).join(', ')}: the check "${printable(label)}" must name one of them`
}

/** An object that was not drilled, and why. */
export function untried(path: string, end: DrillEnd, reason: string): ObjectDrill {
  return { path, end, reasons: [reason], asked: [], notAsked: ['everything'], bytes: 0, durationMs: 0 }
}

type Reading = DrillObjectDeps & Pick<DrillDeps, 'keys'>

async function drillOne(record: ObjectRecord, records: readonly ObjectRecord[], reading: Reading): Promise<DrilledObject> {
  const job = jobOf(record, reading.keys)
  if ('lacks' in job) return { drill: untried(record.path, 'inconclusive', job.lacks), isShort: false }
  const roles = reading.onlyRead === undefined ? await rolesFor(job, records, reading) : undefined
  return await drillObject(job, roles === undefined ? reading : { ...reading, roles })
}

async function answersOf(set: string, records: readonly ObjectRecord[], deps: DrillDeps): Promise<DrillAnswers | undefined> {
  const { answers, checks = [], clock } = deps
  if (answers === undefined) return undefined
  return await openAnswers(answers.of, { set, records, checks }, { resume: answers.resume, now: clock(), chosen: chooseObjects(records, deps) })
}

/** Their paths. */
function chooseObjects(records: readonly ObjectRecord[], { level, random }: DrillDeps): readonly string[] {
  if (level === 'structure') return []
  if (level === 'full') return records.map(({ path }) => path)
  const restorable = records.filter(({ kind, source }) => kind !== undefined || source !== undefined)
  const one = restorable[Math.floor(random() * restorable.length)]
  return one ? [one.path] : []
}

function jobOf(record: ObjectRecord, keys: RestoreKeys): RestoreJob | { readonly lacks: string } {
  const { jobs, problems } = decideRestore([record], { objects: [], archivesOnly: false, raw: false, keys })
  const [job] = jobs
  const [problem] = problems
  if (problem !== undefined) return { lacks: problem.message.replace(`"${record.path}" `, '') }
  if (job === undefined || job.kind === 'stored') return { lacks: 'has an unknown filter' }
  return job
}

const MOST_ROLES_BYTES = 16 * 1024 * 1024

/** A dump of one database refers to roles, which are in the object beside it. */
async function rolesFor({ record }: RestoreJob, records: readonly ObjectRecord[], reading: Reading): Promise<string | undefined> {
  if (record.kind !== 'postgresql') return undefined
  const folder = record.path.slice(0, record.path.lastIndexOf('/') + 1)
  const globals = records.find(({ path, kind }) => kind === 'postgresql' && path.startsWith(`${folder}globals.`) && path !== record.path)
  if (folder === '' || globals === undefined) return undefined
  const reader = { ...reading, onBytes: () => undefined }
  const job = decideRestore([globals], { objects: [], archivesOnly: false, raw: false, keys: reading.keys }).jobs[0]
  if (job === undefined) return undefined
  const { output, done } = await startJob({ commands: job.commands, sink: { kind: 'stream' }, bytes: checkedBytes(globals, reader) }, reader)
  const chunks: Buffer[] = []
  let bytes = 0
  output
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MOST_ROLES_BYTES) chunks.push(chunk)
    })
  const isRead = await done.then(
    () => true,
    () => false,
  )
  reading.call.signal.throwIfAborted()
  return isRead && bytes <= MOST_ROLES_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined
}
