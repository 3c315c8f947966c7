import type { Limits, Processes } from '../../process/processes.ts'
import type { OperationContext } from '../../storage/storage.ts'
import { quoted } from '../../storage/system-errors.ts'
import type { Content } from '../filter/filters.ts'
import type { RestoreKeys } from '../filter/restore-commands.ts'
import { messagesOf } from '../restore/missing-keys.ts'
import { contentByName, decideRestore, type RestoreJob, type RestoreProblem, type StoredRecord } from '../restore/restore-jobs.ts'
import { checksumLine, sha256Of } from '../set/checksums.ts'
import type { Manifest } from '../set/manifest.ts'
import { metadataPaths } from '../set/metadata-paths.ts'
import { missingObject } from '../set/missing-objects.ts'
import { readManifestIfAny } from '../set/read-manifest.ts'
import type { SetStore } from '../set/set-store.ts'
import { type DigestResult, digestFile } from '../store/digest-file.ts'
import { countReading, type OnReadProgress, type ReadCounter } from '../store/read-progress.ts'
import { verifyContent } from './verify-content.ts'

/** One problem of a set. `message` is complete, including the path. */
export interface VerifyProblem {
  /** `structure`: the stored bytes are correct, but their contents are invalid. */
  readonly kind: 'missing' | 'extra' | 'size' | 'digest' | 'unreadable' | 'structure'
  /** Relative to the set. */
  readonly path: string
  readonly message: string
}

export interface VerifyResult {
  readonly set: string
  /** `legacy`: no manifest, so every file was read to its end without a comparison. */
  readonly state: 'complete' | 'legacy'
  readonly objects: number
  /** Read and, if there is a manifest, compared. */
  readonly bytes: bigint
  /** All problems; empty: good. */
  readonly problems: readonly VerifyProblem[]
  /** The number of objects read, for a sample; the existence of all objects was checked. */
  readonly sampled?: number
  /** What is conspicuous. */
  readonly notes?: readonly string[]
  /** Why the verification, or the set, may be less complete than it appears: contents that could not be read, data that may be missing. */
  readonly warnings?: readonly string[]
  /** With `deep`: the objects of which only the stored bytes were checked, because their key is missing or their format is unknown. */
  readonly unchecked?: readonly string[]
}

export interface VerifyOptions {
  /** Reads only this percentage of the objects, chosen at random, and at least one. */
  readonly sample?: { readonly percent: number; readonly random: () => number }
  /** Also reverses the filters and reads archives member by member. */
  readonly deep?: {
    readonly processes: Processes
    readonly limits: Limits
    readonly keys: RestoreKeys
    /** How the plan makes an object, for sets without a manifest. */
    readonly contentOf: (path: string) => Content | undefined
  }
  readonly onProgress?: OnReadProgress
}

/**
 * Reads every object of a set and compares it with the manifest: size, SHA-256, no missing and no additional objects. Problems are collected, not
 * thrown. Rejects if the set does not exist, is unfinished, if its manifest is damaged or of a later version, and on an abort.
 */
export async function verifySet(sets: SetStore, name: string, call: OperationContext, options: VerifyOptions = {}): Promise<VerifyResult> {
  const manifest = await readManifestIfAny(sets, name, call)
  const files = new Map((await sets.listFiles(name, call)).map(({ path, bytes }) => [path, bytes]))
  const records: readonly StoredRecord[] = manifest?.objects ?? legacyRecords(files, options)
  const chosen = options.sample === undefined ? records : sampleOf(records, options.sample)
  const notes: string[] = []
  const warnings: string[] = []
  const unchecked: string[] = []
  const locked: RestoreProblem[] = []
  const context: VerifyContext = {
    sets,
    name,
    call,
    files,
    options,
    notes,
    warnings,
    unchecked,
    locked,
    chosen: new Set(chosen),
    progress: countReading(chosen, options),
  }
  const result = manifest === undefined ? await verifyLegacy(records, context) : await verifyByManifest(manifest, context)
  warnings.unshift(...messagesOf(locked).map((text) => `checksum only: ${text}`))
  return {
    ...result,
    ...(options.sample && { sampled: chosen.length }),
    ...(notes.length > 0 && { notes }),
    ...(warnings.length > 0 && { warnings }),
    ...(unchecked.length > 0 && { unchecked }),
  }
}

function legacyRecords(files: ReadonlyMap<string, number>, { deep }: VerifyOptions): readonly StoredRecord[] {
  return [...files].map(([path, bytes]) => ({ path, bytes, ...(deep?.contentOf(path) ?? contentByName(path)) }))
}

interface VerifyContext {
  readonly sets: SetStore
  readonly name: string
  readonly call: OperationContext
  /** The files of the set, with their sizes. */
  readonly files: ReadonlyMap<string, number>
  readonly progress: ReadCounter
  readonly options: VerifyOptions
  /** The objects to read. */
  readonly chosen: ReadonlySet<StoredRecord>
  readonly notes: string[]
  readonly warnings: string[]
  readonly unchecked: string[]
  /** The objects whose key is missing. */
  readonly locked: RestoreProblem[]
}

async function verifyByManifest(manifest: Manifest, context: VerifyContext): Promise<VerifyResult> {
  const problems: VerifyProblem[] = []
  for (const record of manifest.objects) {
    const problem = await objectProblem(record, context)
    if (problem !== undefined) problems.push(problem)
  }
  problems.push(...(manifest.failed ?? []).map((path) => problem('missing', path, 'is missing: it could not be made')))
  problems.push(...(await ownProblems(manifest, context)))
  context.warnings.push(...(manifest.suspicious ?? []).map((reason) => `suspicious: ${reason}`))
  const known = new Set([...manifest.objects.map(({ path }) => path), ...Object.values(metadataPaths(manifest.objects))])
  for (const path of context.files.keys()) if (!known.has(path)) problems.push(problem('extra', path, 'is not in the manifest'))
  return { set: context.name, state: 'complete', objects: manifest.objects.length, bytes: context.progress.bytes, problems }
}

async function verifyLegacy(records: readonly StoredRecord[], context: VerifyContext): Promise<VerifyResult> {
  const problems: VerifyProblem[] = []
  for (const record of records) {
    const found = context.chosen.has(record) ? await contentProblem(record, context) : undefined
    if (found !== undefined) problems.push(found)
  }
  return { set: context.name, state: 'legacy', objects: context.files.size, bytes: context.progress.bytes, problems }
}

async function objectProblem(record: StoredRecord, context: VerifyContext): Promise<VerifyProblem | undefined> {
  const missing = missingObject(record, context.files)
  if (missing !== undefined) return missing
  return context.chosen.has(record) ? await contentProblem(record, context) : undefined
}

async function contentProblem(record: StoredRecord, context: VerifyContext): Promise<VerifyProblem | undefined> {
  const job = decideDeepRead(record, context)
  if (job !== undefined) return await structureProblem(job, context)
  const { path, sha256 } = record
  if (context.options.deep !== undefined) context.unchecked.push(path)
  const read = await readFile(record, context)
  if (read.kind === 'unreadable') return problem('unreadable', path, read.reason)
  return sha256 === undefined || read.sha256 === sha256 ? undefined : problem('digest', path, 'is damaged: its SHA-256 differs from the manifest')
}

/** Undefined if only the stored bytes are checked. */
function decideDeepRead(record: StoredRecord, { options: { deep }, notes, locked }: VerifyContext): RestoreJob | undefined {
  if (deep === undefined) return undefined
  const plan = decideRestore([record], { objects: [], archivesOnly: false, raw: false, keys: deep.keys })
  locked.push(...plan.problems)
  notes.push(...plan.notes)
  return plan.problems.length > 0 ? undefined : plan.jobs[0]
}

async function structureProblem(
  job: RestoreJob,
  { sets, name, call, progress, options, notes, unchecked, locked }: VerifyContext,
): Promise<VerifyProblem | undefined> {
  if (options.deep === undefined) return undefined
  const { processes, limits } = options.deep
  const { path } = job.record
  const found = await verifyContent(job, { sets, set: name, processes, call, limits, onBytes: (bytes) => progress.add(path, bytes) })
  if (found.kind === 'empty') notes.push(`${quoted(path)} is empty`)
  const isLocked = found.kind === 'problem' && found.problem.kind === 'key'
  if (isLocked) locked.push(found.problem)
  if (isLocked || found.kind === 'unknown') unchecked.push(path)
  return found.kind === 'problem' && !isLocked ? asVerifyProblem(found.problem) : undefined
}

function asVerifyProblem({ kind, path, message, stderr }: RestoreProblem): VerifyProblem {
  const lines = stderr?.trim().split('\n') ?? []
  // The cause in the message is mostly one of these lines, without the name of its program.
  const last = lines.some((line) => message.endsWith(line.replace(/^\S+: /u, ''))) ? undefined : lines.at(-1)
  return {
    kind: kind === 'size' || kind === 'digest' || kind === 'unreadable' ? kind : 'structure',
    path,
    message: last === undefined ? message : `${message}: ${last}`,
  }
}

/**
 * Holdfast's own files: all must exist, and the checksums must match the objects and the other files. A set of an earlier version has no `restore.sh`, and
 * none in its checksums.
 */
async function ownProblems({ set, objects }: Manifest, context: VerifyContext): Promise<readonly VerifyProblem[]> {
  const paths = metadataPaths(objects)
  const read = (path: string) =>
    digestFile(() => context.sets.openObject(context.name, path, context.call), context.call.signal, { mostBytes: context.files.get(path) ?? 0 })
  const scripts = context.files.has(paths['restore.sh']) ? [paths['restore.sh']] : []
  const [guide, manifest, sums, script] = await Promise.all([
    read(paths['RESTORE.md']),
    read(paths['manifest.json']),
    read(paths.SHA256SUMS),
    ...scripts.map(read),
  ])
  const problems: VerifyProblem[] = []
  for (const [path, reading] of [
    [paths['RESTORE.md'], guide],
    ...(script ? [[paths['restore.sh'], script] as const] : []),
    [paths.SHA256SUMS, sums],
  ] as const) {
    if (!context.files.has(path)) problems.push(problem('missing', path, 'is missing'))
    else if (reading.kind === 'unreadable') problems.push(problem('unreadable', path, reading.reason))
  }
  if (set !== context.name) problems.push(problem('digest', paths['manifest.json'], `is the manifest of another set, "${set}"`))
  if (problems.length > 0 || guide.kind !== 'read' || manifest.kind !== 'read' || sums.kind !== 'read') return problems
  const expected = [
    ...objects,
    { path: paths['RESTORE.md'], sha256: guide.sha256 },
    ...(script?.kind === 'read' ? [{ path: paths['restore.sh'], sha256: script.sha256 }] : []),
    { path: paths['manifest.json'], sha256: manifest.sha256 },
  ]
  const isSame = sums.sha256 === sha256Of(expected.map(({ path, sha256 }) => checksumLine(sha256, path)).join(''))
  return isSame ? [] : [problem('digest', paths.SHA256SUMS, 'does not match the set: it, the manifest or the guide was changed')]
}

/** Reads an object, and counts it. */
async function readFile({ path, bytes }: StoredRecord, { sets, name, call, progress }: VerifyContext): Promise<DigestResult> {
  return await digestFile(() => sets.openObject(name, path, call), call.signal, { mostBytes: bytes, onBytes: (more) => progress.add(path, more) })
}

function problem(kind: VerifyProblem['kind'], path: string, what: string): VerifyProblem {
  return { kind, path, message: `${quoted(path)} ${what}` }
}

/** This percentage of the items, at least one, chosen at random (`random` as `Math.random`), in their original order. */
export function sampleOf<T>(items: readonly T[], { percent, random }: { readonly percent: number; readonly random: () => number }): readonly T[] {
  const count = Math.min(items.length, Math.max(1, Math.ceil((items.length * percent) / 100)))
  // One pass (Knuth, TAOCP volume 2, 3.4.2, algorithm S): all subsets of that size are equally likely.
  let wanted = count
  return items.filter((_, index) => {
    const isChosen = random() * (items.length - index) < wanted
    if (isChosen) wanted -= 1
    return isChosen
  })
}
