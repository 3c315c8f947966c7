import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import type { Limits, Processes } from '../../process/processes.ts'
import type { OperationContext } from '../../storage/storage.ts'
import type { Content } from '../filter/filters.ts'
import type { RestoreKeys } from '../filter/restore-commands.ts'
import { BackupError } from '../set/errors.ts'
import type { Manifest } from '../set/manifest.ts'
import { missingObject } from '../set/missing-objects.ts'
import { readManifestIfAny } from '../set/read-manifest.ts'
import type { SetStore } from '../set/set-store.ts'
import { isOfOther } from '../set/standing.ts'
import { countReading, type OnReadProgress } from '../store/read-progress.ts'
import { type BuiltObject, moveToTargets } from './move-to-targets.ts'
import { obstacleTo, openDestination, openExisting } from './restore-destination.ts'
import { contentByName, decideRestore, type RestoreJob, type RestoreProblem, type StoredRecord } from './restore-jobs.ts'
import { openStaging } from './restore-leftovers.ts'
import { buildObject, type RestoreObjectDeps } from './restore-object.ts'
import { recordRestore, sweepDeadRestores } from './restore-records.ts'

export interface RestoreRequest {
  readonly set: string
  /** Paths of objects; empty: all. */
  readonly objects: readonly string[]
  /** Absolute; created if missing. */
  readonly destination: string
  /** The archive members to restore; empty: all. A folder includes its contents. */
  readonly members: readonly string[]
  /** They are shell patterns. */
  readonly areGlobs?: boolean | undefined
  /** Replace existing targets, each as a whole. */
  readonly overwrite: boolean
  /** The stored bytes unchanged. */
  readonly raw: boolean
  readonly numericOwner: boolean
  readonly keys: RestoreKeys
  /** Determine what would be restored, and all conflicts; read no object, write nothing. */
  readonly dryRun: boolean
  /** How the plan makes an object, for sets without a manifest; undefined for an unknown object. */
  readonly contentOf: (path: string) => Content | undefined
}

export interface RestoreDeps {
  readonly processes: Processes
  readonly call: OperationContext
  readonly limits: Limits
  readonly onStderr?: RestoreObjectDeps['onStderr']
  readonly onProgress?: OnReadProgress
  /** The records of the destinations of restores, for the leftovers of killed ones. Absent: they are not recorded. */
  readonly restoreRecords?: string
}

export interface RestoreResult {
  readonly set: string
  /** `legacy`: no manifest, so the bytes could not be compared. */
  readonly state: 'complete' | 'legacy'
  /** The objects put in place; none if there are problems. In a dry run: those that would be. */
  readonly objects: readonly { readonly path: string; readonly kind: RestoreJob['kind']; readonly target: string }[]
  /** Stored bytes read. */
  readonly bytes: bigint
  /** All problems; empty: restored. */
  readonly problems: readonly RestoreProblem[]
  /** Restored without some members of an archive, or with files that cannot be read yet, as one of the warnings states. */
  readonly isPartial?: boolean
  readonly notes: readonly string[]
  /** Warnings that must always be printed, such as the location of the user's replaced files. */
  readonly warnings?: readonly string[]
}

/**
 * Restores objects of a set to a folder. Everything is built in a hidden folder inside it while digests are computed, and put in place by renames
 * only if all of it is good: not after a wrong digest, a missing object or a failed program. Problems are collected, not thrown.
 *
 * Rejects if the set does not exist, contains no objects or is unfinished, if its manifest is damaged or of a later version, if the destination cannot
 * be written, and on an abort; nothing is left then.
 */
export async function restoreSet(sets: SetStore, request: RestoreRequest, deps: RestoreDeps): Promise<RestoreResult> {
  const { state, records, failed, doubts, maker } = await recordsOf(sets, request, deps.call)
  if (records.length === 0)
    throw new BackupError('damaged', `nothing can be restored: the set "${request.set}" on ${sets.label} contains no objects`, {
      hint: 'Verify the set ("holdfast verify"), and restore another one.',
    })
  const { jobs, problems, notes } = decideRestore(records, { ...request, failed, archivesOnly: request.members.length > 0 })
  const found = [...problems, ...(await problemsBefore(jobs, { sets, request, call: deps.call }))]
  const facts = {
    set: request.set,
    state,
    ...(doubts.length > 0 && { warnings: doubts }),
    notes: [
      ...(maker === undefined ? [] : [`the set was made by another host, "${maker}"`]),
      ...notes,
      ...(state === 'legacy' ? [NOTHING_TO_COMPARE] : []),
    ],
  }
  if (found.length > 0) return { ...facts, objects: [], bytes: 0n, problems: found }
  if (request.dryRun) return { ...facts, objects: jobs.map((job) => describeJob(job, request)), bytes: 0n, problems: [] }
  const outcome = await buildAndPlace(jobs, sets, { request, deps })
  return { ...facts, ...outcome, warnings: [...doubts, ...(outcome.warnings ?? [])] }
}

const NOTHING_TO_COMPARE = 'the set has no manifest: its files cannot be verified'

export interface SetRecords {
  readonly state: RestoreResult['state']
  readonly records: readonly StoredRecord[]
  /** Paths of objects that could not be made. */
  readonly failed: readonly string[]
  readonly doubts: readonly string[]
  /** The name of the host that made the set, if it is another one. */
  readonly maker?: string
}

/** The contents of a set by its manifest or, without one, as far as they can be determined. */
export async function recordsOf(
  sets: SetStore,
  { set, contentOf }: Pick<RestoreRequest, 'set' | 'contentOf'>,
  call: OperationContext,
): Promise<SetRecords> {
  const manifest = await readManifestIfAny(sets, set, call)
  if (manifest)
    return { state: 'complete', records: manifest.objects, failed: manifest.failed ?? [], doubts: doubtsOf(manifest), ...makerOf(manifest) }
  const files = [...(await sets.listFiles(set, call))].toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return {
    state: 'legacy',
    records: files.map((file) => ({ ...file, ...(contentOf(file.path) ?? contentByName(file.path)) })),
    failed: [],
    doubts: [],
  }
}

function makerOf({ host, hostId }: Manifest): Pick<SetRecords, 'maker'> {
  const isForeign = isOfOther({ host: { name: host, ...(hostId !== undefined && { id: hostId }) } }, { name: hostname(), id: hostKey() })
  return isForeign ? { maker: host } : {}
}

/** What is missing in a set according to its manifest, or may be. */
function doubtsOf({ suspicious = [], failed = [] }: Manifest): readonly string[] {
  return [
    ...failed.map((path) => `the set is incomplete: the object "${path}" could not be made`),
    ...suspicious.map((reason) => `the set is suspicious: ${reason}`),
  ]
}

/** Problems that can be found before reading data: missing and truncated files, and existing targets. */
async function problemsBefore(
  jobs: readonly RestoreJob[],
  { sets, request, call }: { readonly sets: SetStore; readonly request: RestoreRequest; readonly call: OperationContext },
): Promise<readonly RestoreProblem[]> {
  const files = new Map((await sets.listFiles(request.set, call)).map(({ path, bytes }) => [path, bytes]))
  const problems: RestoreProblem[] = []
  const destination = await openExisting(request.destination)
  try {
    for (const { record, target } of jobs) {
      const missing = missingObject(record, files)
      if (missing !== undefined) problems.push(missing)
      const obstacle = await obstacleTo(destination, target, request.overwrite)
      if (obstacle !== undefined) problems.push({ kind: 'in-the-way', path: record.path, message: obstacle })
    }
    return problems
  } finally {
    if (destination !== undefined) await closeFolder(destination)
  }
}

interface Work {
  readonly request: RestoreRequest
  readonly deps: RestoreDeps
}

async function buildAndPlace(jobs: readonly RestoreJob[], sets: SetStore, work: Work): Promise<Outcome> {
  const destination = await openDestination(work.request.destination)
  try {
    const swept = await sweepOthers(work.deps)
    const record = await recordRestore(work.deps.restoreRecords, destination.folder)
    const staging = await openStaging(destination.folder)
    let left: string | undefined
    let outcome: Outcome
    try {
      outcome = await buildAll(jobs, sets, { ...work, destination: destination.folder, staging: staging.folder })
    } finally {
      left = await staging.remove()
      if (left === undefined) await record.remove()
    }
    // Remains in this destination may be found twice.
    const warnings = [...swept, ...record.warnings, ...staging.warnings, ...(outcome.warnings ?? []), ...(left === undefined ? [] : [left])]
    return { ...outcome, warnings: [...new Set(warnings)] }
  } finally {
    await destination.close()
  }
}

function sweepOthers({ restoreRecords }: RestoreDeps): Promise<readonly string[]> {
  return restoreRecords === undefined ? Promise.resolve([]) : sweepDeadRestores(restoreRecords)
}

type Outcome = Pick<RestoreResult, 'objects' | 'bytes' | 'problems' | 'warnings' | 'isPartial'>

interface PlacedWork extends Work {
  readonly destination: Folder
  readonly staging: Folder
}

async function buildAll(jobs: readonly RestoreJob[], sets: SetStore, { request, deps, destination, staging }: PlacedWork): Promise<Outcome> {
  const { members, areGlobs, numericOwner, set, overwrite } = request
  const { processes, call, limits, onStderr } = deps
  const count = countReading(
    jobs.map(({ record }) => record),
    deps,
  )
  const problems: RestoreProblem[] = []
  const built: BuiltObject[] = []
  const warnings: string[] = []
  const unmatched = new Set(members)
  let isPartial = false
  for (const [index, job] of jobs.entries()) {
    const common = {
      sets,
      set,
      processes,
      call,
      limits,
      members,
      areGlobs,
      numericOwner,
      destination: destination.facts,
      ...count.of(job.record.path),
      ...(onStderr && { onStderr }),
    }
    const outcome = await buildObject(job, { folder: staging, name: String(index) }, common)
    if (outcome.kind === 'problem') problems.push(outcome.problem)
    if (outcome.kind !== 'built') continue
    built.push({ name: String(index), target: job.target })
    warnings.push(...(outcome.warnings ?? []))
    isPartial ||= outcome.isPartial === true
    for (const name of members) if (!outcome.unmatched?.includes(name)) unmatched.delete(name)
  }
  if (problems.length === 0) problems.push(...[...unmatched].map((name) => noMember(name, areGlobs)))
  if (problems.length > 0) return { objects: [], bytes: count.bytes, problems }
  call.signal.throwIfAborted()
  call.failpoint?.('restore-built')
  const placed = await moveToTargets(built, { destination, staging, overwrite, failpoint: call.failpoint, signal: call.signal })
  isPartial ||= !placed.isReadable
  call.failpoint?.('restore-placed')
  const objects = jobs.filter((_, index) => built.some((it) => it.name === String(index))).map((job) => describeJob(job, request))
  return { objects, bytes: count.bytes, problems, warnings: [...warnings, ...placed.warnings], ...(isPartial && { isPartial }) }
}

function noMember(name: string, isGlob: boolean | undefined): RestoreProblem {
  const more = isGlob === true ? '' : howToName(name)
  return { kind: 'no-member', path: '', message: `no archive member ${isGlob === true ? 'matches' : 'has the path'} "${name}"${more}` }
}

function howToName(name: string): string {
  // Arguments of the program are text: other bytes arrive as replacement characters.
  if (name.includes('\ufffd')) return ' (bytes that are not valid UTF-8 need --glob, with a "?" for each of them)'
  return /[*?[]/u.test(name) ? ' (patterns need --glob)' : `; search for it with "find ${printableShellWord(basename(name))}"`
}

function describeJob({ record: { path }, kind, target }: RestoreJob, { destination }: RestoreRequest): RestoreResult['objects'][number] {
  return { path, kind, target: join(destination, target) }
}
