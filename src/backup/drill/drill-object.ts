import { Readable } from 'node:stream'
import { AppError, messageOf } from '../../lib/errors.ts'
import { counted } from '../../lib/format.ts'
import type { DrillCheck, DrillLevel } from '../../plan/steps/drill-step.ts'
import { joinActivities } from '../../process/join-activities.ts'
import { ProcessError } from '../../process/process-result.ts'
import { type ContentCheck, type ContentFinding, contentCheck } from '../contents/content-check.ts'
import { type ComparedContents, listMembers, type MemberList } from '../contents/member-list.ts'
import { scanTar } from '../contents/scan/scan-tar.ts'
import { type DumpWatch, watchBytes, watchDump } from '../facts/watch-dump.ts'
import type { RestoreJob, StoredRecord } from '../restore/restore-jobs.ts'
import { checkedBytes, problemOf, type ReadObjectDeps, startJob } from '../restore/restore-object.ts'
import type { ObjectDrill } from './drill-result.ts'
import type { DrillRoom, DrillRooms } from './drill-room.ts'
import { type Engine, engineFor } from './engine.ts'
import { judgeRestored } from './judge-object.ts'
import { type RestoredAnswer, readAnswer } from './restored-answer.ts'
import { sandboxed } from './sandbox.ts'
import { checksScript, judgeChecks } from './user-checks.ts'
import { type LoadFailure, whyNotLoaded } from './why-not-loaded.ts'

export interface DrillObjectDeps extends ReadObjectDeps {
  readonly rooms: DrillRooms
  readonly level: DrillLevel
  /** Why this object is only read: the level, or what does not allow a sandbox. Absent: it is restored. */
  readonly onlyRead?: 'level' | { readonly lacks: string }
  /** For all processes of the sandbox. Absent: its default. */
  readonly memoryBytes?: number
  /** The checks of the user that are about this object. */
  readonly checks: readonly DrillCheck[]
  /** The statements that create the roles of a PostgreSQL server. */
  readonly roles?: string
}

interface Outcome extends Pick<ObjectDrill, 'end' | 'reasons'>, Partial<Pick<ObjectDrill, 'asked' | 'notAsked' | 'restoredMs' | 'into'>> {
  readonly isShort?: boolean
}

export interface DrilledObject {
  readonly drill: ObjectDrill
  /** It reached a limit of this host: it may be restored while no other object is. */
  readonly isShort: boolean
}

/**
 * Restores one object into a temporary place, and compares the restored data with the data that was read, and that with the facts of the manifest. Nothing of it remains.
 * Rejects on an abort.
 */
export async function drillObject(job: RestoreJob, deps: DrillObjectDeps): Promise<DrilledObject> {
  const beganMs = performance.now()
  const stream = watchStream(job, deps.onlyRead === undefined ? contentsAt(deps.level) : 'none')
  const { isShort = false, ...outcome } = await attempt(job, stream, deps)
  const durationMs = Math.round(performance.now() - beganMs)
  return { drill: { path: job.record.path, asked: [], notAsked: [], ...outcome, bytes: stream.bytes(), durationMs }, isShort }
}

async function attempt(job: RestoreJob, stream: StreamWatch, deps: DrillObjectDeps): Promise<Outcome> {
  const engine = deps.onlyRead === 'level' ? undefined : engineFor(job.record)
  try {
    if (engine === undefined || 'none' in engine) return await read(job, { stream, rest: engine?.none ?? 'restoring it' }, deps)
    if ('missing' in engine) return cannot(`${engine.missing} is missing`)
    if (deps.onlyRead !== undefined && deps.onlyRead !== 'level') return cannot(deps.onlyRead.lacks)
    return await restoreInRoom(job, { engine, stream }, deps)
  } catch (error) {
    if (deps.call.signal.aborted || !(error instanceof AppError)) throw error
    return await whyNotRead(job, error, deps)
  }
}

async function restoreInRoom(job: RestoreJob, { engine, stream }: Pick<DrillContext, 'engine' | 'stream'>, deps: DrillObjectDeps): Promise<Outcome> {
  const { dump, bytes: storedBytes, filters } = job.record
  const bytes = engine.room(dump?.bytes ?? storedBytes * (filters.length > 0 ? 4 : 1))
  const room = await deps.rooms.open(bytes, deps.call.signal)
  if ('lacks' in room) return cannot(room.lacks)
  try {
    return await restoreAndJudge(job, { engine, stream, room, bytes }, deps)
  } finally {
    await room.remove()
  }
}

async function whyNotRead(job: RestoreJob, error: AppError, deps: DrillObjectDeps): Promise<Outcome> {
  // A program or a secret is missing.
  if (error.code === 'process/not-started' || error.code === 'cli/no-secret') return cannot(messageOf(error))
  const { message, kind } = await problemOf(job, error, deps)
  if (kind === 'key') return cannot('its key is missing')
  const { path } = job.record
  return { end: 'failed', reasons: [message.replace(`"${path}" `, '').replace(`could not restore "${path}"`, 'could not be read')] }
}

function cannot(why: string): Outcome {
  return { end: 'inconclusive', reasons: [`cannot be restored here: ${why}`], notAsked: ['everything'] }
}

interface Reading {
  readonly stream: StreamWatch
  /** What is not checked. */
  readonly rest: string
}

async function read(job: RestoreJob, { stream, rest }: Reading, deps: DrillObjectDeps): Promise<Outcome> {
  const { output, done } = await decode(job, deps)
  const isRead = consume(output, stream.see)
  await done
  await isRead
  const { faults, asked, notAsked } = stream.judge()
  return {
    end: faults.length === 0 ? 'read' : 'failed',
    reasons: faults,
    asked,
    notAsked: [...notAsked, rest, ...deps.checks.map(({ label }) => `check "${label}"`)],
  }
}

interface DrillContext {
  readonly engine: Engine
  readonly stream: StreamWatch
  readonly room: DrillRoom
  readonly bytes: number
}

async function restoreAndJudge(job: RestoreJob, context: DrillContext, deps: DrillObjectDeps): Promise<Outcome> {
  const { engine, stream } = context
  const { record } = job
  const { checks } = deps
  const hasIndexes = engine.kind === 'postgresql' && deps.level === 'full'
  const answer = readAnswer(engine, {
    members: stream.members,
    hasTables: record.dump?.tableDigests !== undefined,
    checks: checks.length + Number(hasIndexes),
  })
  const failure = await pass(job, { ...context, answer }, deps)
  if (failure !== undefined) {
    const { end, reason, isShort = false } = failure
    return { end, reasons: [reason], into: engine.label, isShort }
  }
  const own = stream.judge()
  const restoredMs = answer.loadedMs()
  const { dump } = stream
  const seen = dump?.end()
  const hasSystem = dump?.hasSystem?.() === true
  const indexes = hasIndexes ? (answer.answers()[checks.length] ?? 'none') : 'level'
  const judged = judgeRestored({ record, engine, seen, hasSystem, head: stream.head(), members: stream.members, answer, indexes })
  const asked = judgeChecks(checks, answer.answers())
  const reasons = [...own.faults, ...judged.reasons, ...asked.reasons]
  const doubts = [...judged.doubts, ...asked.doubts]
  return {
    end: reasons.length > 0 ? 'failed' : doubts.length > 0 ? 'inconclusive' : 'proven',
    into: engine.label,
    reasons: [...reasons, ...doubts],
    asked: [...own.asked, ...judged.asked, ...asked.asked],
    notAsked: [...own.notAsked, ...judged.notAsked],
    ...(restoredMs !== undefined && { restoredMs }),
    // What a check did may need more memory.
    isShort: asked.reasons.length + asked.doubts.length > 0,
  }
}

/** Passes the object through the sandbox. Rejects if the object itself cannot be read. */
async function pass(
  job: RestoreJob,
  context: DrillContext & { readonly answer: RestoredAnswer },
  deps: DrillObjectDeps,
): Promise<LoadFailure | undefined> {
  const {
    engine,
    stream,
    answer,
    room: { image, otherBytes },
    bytes,
  } = context
  const { processes, call, limits, roles, checks, memoryBytes } = deps
  const { onActivity: onAll, ...rest } = deps
  const activity = onAll && joinActivities(engine.kind, onAll)
  const { output, done } = await decode(job, { ...rest, ...(activity && { onActivity: activity.first }) })
  const input = Readable.from(seen(output, stream), { objectMode: false })
  input.on('error', () => undefined)
  const files = {
    ...(engine.kind === 'postgresql' && roles !== undefined && { 'globals.sql': roles }),
    ...(checks.length > 0 && { 'checks.sh': checksScript(checks) }),
  }
  const command = sandboxed({
    script: engine.script,
    args: [...engine.args, ...argsOf(engine, deps.level)],
    files,
    image,
    bytes,
    otherBytes,
    ...(memoryBytes !== undefined && { memoryBytes }),
  })
  const sandbox = activity && { onActivity: activity.second }
  // Nothing in a sandbox is to be kept, and its first process ignores SIGTERM.
  const inside = await processes.startPipeline(
    [command],
    { kind: 'stream' },
    { signal: call.signal, limits: { ...limits, graceMs: 0 }, input, ...sandbox },
  )
  const isRead = consume(inside.output, answer.see)
  const [before, restored] = await Promise.allSettled([done, inside.done])
  await isRead
  call.signal.throwIfAborted()
  // Without the end of its input, the sandbox fails because the object cannot be read; that the reading fails because the sandbox ended is a consequence.
  const isEcho = restored.status === 'rejected' && restored.reason instanceof ProcessError && restored.reason.code === 'process/input'
  if (restored.status === 'rejected' && !isEcho) return whyNotLoaded(restored.reason, engine, job.record)
  if (before.status === 'rejected') throw before.reason
  if (restored.status === 'rejected') return { end: 'inconclusive', reason: `cannot be restored here: ${messageOf(restored.reason)}` }
  return answer.loadedMs() === undefined ? { end: 'inconclusive', reason: 'cannot be restored here: the sandbox returned no result' } : undefined
}

function argsOf({ kind }: Engine, level: DrillLevel): readonly string[] {
  if (kind === 'files') return [contentsAt(level)]
  return kind === 'postgresql' ? [level] : []
}

function contentsAt(level: DrillLevel): ComparedContents {
  return level === 'full' ? 'all' : 'small'
}

function decode(job: RestoreJob, deps: ReadObjectDeps) {
  return startJob({ commands: job.commands, sink: { kind: 'stream' }, bytes: checkedBytes(job.record, deps) }, deps)
}

/** Resolves when the stream has ended or failed; its error is reported elsewhere. */
function consume(output: Readable, see: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    output.on('data', see)
    for (const end of ['error', 'end', 'close']) output.on(end, () => resolve())
  })
}

async function* seen(output: Readable, stream: StreamWatch): AsyncGenerator<Buffer> {
  for await (const chunk of output) {
    stream.see(chunk as Buffer)
    yield chunk as Buffer
  }
}

/** Watches an object without its filters, while it is restored. */
interface StreamWatch {
  readonly see: (chunk: Buffer) => void
  bytes(): number
  head(): Buffer
  /** How it differs from its format and from the facts of the manifest, as rests of sentences; and what of that was compared. */
  judge(): { readonly faults: readonly string[]; readonly asked: readonly string[]; readonly notAsked: readonly string[] }
  readonly dump: DumpWatch | undefined
  readonly members: MemberList | undefined
}

const STORED = 'SHA-256 of the stored bytes'

const MEMBERS = 'list of the archive: modes, owners, sizes, times and links'
const ATTRIBUTES = 'number of members with access control lists or extended attributes'
const NO_DIGEST = 'contents before compression: their SHA-256 was not recorded ("digest: true")'

function comparedBy(finding: ContentFinding, { kind: source, dump, coverage }: StoredRecord) {
  const { kind } = finding
  if (kind === 'unknown') return { asked: [STORED], notAsked: ['contents: their format is unknown'] }
  if (kind === 'empty') return { asked: [STORED], notAsked: ['contents: it is empty'] }
  const contents = dump === undefined ? 'format of the contents' : 'SHA-256 of the contents'
  const lists = [...(coverage?.members === undefined ? [] : [MEMBERS]), ...(coverage?.attributes === undefined ? [] : [ATTRIBUTES])]
  const { sampled = 0 } = kind === 'good' ? finding : {}
  const sample = sampled === 0 ? [] : [`contents of ${counted(sampled, 'file')}, chosen at random, as read in the source`]
  return { asked: [STORED, contents, ...lists, ...sample], notAsked: dump === undefined && source === 'files' ? [NO_DIGEST] : [] }
}

const HEAD_BYTES = 1024

function watchStream({ record, kind }: RestoreJob, contents: ComparedContents): StreamWatch {
  const check: ContentCheck | undefined = kind === 'stored' ? undefined : contentCheck(record)
  const dump = record.kind === 'sqlite' ? watchBytes() : watchDump(record.kind, { hasTables: record.dump?.tableDigests !== undefined })
  const members = record.source === 'tar' ? listMembers(contents) : undefined
  let count = 0
  const tar =
    members &&
    scanTar(
      (entry) => {
        members.add(entry)
        count += 1
      },
      { onContents: members.contents },
    )
  let bytes = 0
  let head = Buffer.alloc(0)
  return {
    see(chunk) {
      bytes += chunk.length
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
      for (const it of [check, dump, tar]) it?.see(chunk)
    },
    bytes: () => bytes,
    head: () => head,
    judge() {
      const broken = tar?.end()
      const finding = check?.finding(count) ?? { kind: 'unknown' as const }
      const faults = broken !== undefined ? [broken] : finding.kind === 'fault' ? [finding.fault] : []
      return { faults, ...comparedBy(finding, record) }
    },
    dump,
    members,
  }
}
