import { AppError, messageOf } from '../../lib/errors.ts'
import { ProcessError } from '../../process/process-result.ts'
import { REFUSALS } from '../inspect-dump/dump-redirect.ts'
import { whyNotConfined } from '../into-database/confine.ts'
import { serverFacts } from '../into-database/server-facts.ts'
import { BackupError } from '../set/errors.ts'
import type { SetStore } from '../set/set-store.ts'
import { countReading } from '../store/read-progress.ts'
import { type DumpReading, type InspectedDump, inspectDump } from './dump-reading.ts'
import type { IntoRead, RestoreIntoDeps, RestoreIntoRequest } from './into-request.ts'
import { loadDump } from './load-dump.ts'
import { decideRestore, type RestoreJob, type RestoreProblem, whyNot } from './restore-jobs.ts'
import { problemOf } from './restore-object.ts'
import { type RestoreResult, recordsOf } from './restore-set.ts'
import { openSpool } from './spool.ts'

/**
 * Restores a plain dump of one database into a database with a name of the user's choice; the original database is not changed. The stored object is
 * copied to an unnamed file, compared and inspected before the server is accessed, and loaded from there, into a database with a temporary name, by an
 * account without other privileges (not if the dump is trusted). Only a complete database gets its name. The client that reads the dump is confined.
 * Rejects like `restoreSet`.
 */
export async function restoreInto(sets: SetStore, request: RestoreIntoRequest, deps: RestoreIntoDeps): Promise<RestoreResult> {
  const { set, object, keys, server, dryRun } = request
  const { state, records, failed, doubts } = await recordsOf(sets, request, deps.call)
  const { jobs, problems, notes } = decideRestore(records, { objects: [object], archivesOnly: false, raw: false, keys, failed })
  const [job, ...others] = jobs
  const found = problems.length > 0 || !job ? problems : whyNotOne(job, others, object)
  const facts = { set, state, notes, ...(doubts.length > 0 && { warnings: doubts }) }
  if (!job || found.length > 0) return { ...facts, objects: [], bytes: 0n, problems: found }
  const { path } = job.record
  const objects = [{ path, kind: job.kind, target: server.label }]
  if (dryRun) return { ...facts, objects, bytes: 0n, problems: [] }
  // Read twice: for the check, and for loading.
  const count = countReading([{ path, bytes: 2 * job.record.bytes }], deps)
  const collected: string[] = []
  const onNote = deps.onNote ?? ((note: string) => collected.push(note))
  const read = { sets, set, ...deps, ...count.of(path), onNote }
  const problem = await attempt(job, read, async () => {
    const why = request.unconfined ? undefined : await whyNotConfined()
    if (why !== undefined)
      return refused(
        job,
        `the client that reads it cannot be confined (${why}); use --unconfined to load it anyway, if you trust all users with write access to the set`,
      )
    const spool = await openSpool(deps.temporaryFolder, job.record.bytes)
    try {
      return await checkAndLoad({ job, kind: server.kind, spool, isTrusted: request.trustDump }, request, read)
    } finally {
      await spool.close()
    }
  })
  return { ...facts, notes: [...notes, ...collected], objects: problem ? [] : objects, bytes: count.bytes, problems: problem ? [problem] : [] }
}

/** Why these jobs are not the loading of one dump. */
function whyNotOne(job: RestoreJob, others: readonly RestoreJob[], path: string): readonly RestoreProblem[] {
  if (others.length > 0) {
    const paths = [job, ...others].map(({ record }) => record.path)
    return [{ kind: 'unknown-object', path, message: whyNot(path, { kind: 'ambiguous', paths }) }]
  }
  return job.kind === 'stream' ? [] : [refused(job, 'it is not a plain SQL dump')]
}

async function checkAndLoad(reading: DumpReading, request: RestoreIntoRequest, read: IntoRead): Promise<RestoreProblem | undefined> {
  const { job } = reading
  const inspected = await attemptReading(job, read, () => inspectDump(reading, read))
  if ('kind' in inspected) return inspected
  if (inspected.commands.length > 0) return refused(job, `it contains commands for the client: ${inspected.commands.join(', ')}`)
  const facts = await serverFacts(request, read)
  for (const danger of inspected.dangers) read.onNote(`the dump does more than fill a database: ${danger}`)
  if (inspected.dangers.length > 0 && facts.isSuperuser && !request.trustDump)
    return untrusted(
      job,
      `${inspected.dangers.join('; ')}. "${facts.user}" is a superuser: use --trust-dump to load it anyway, if you trust all users with write access to the set`,
    )
  await loadDump(reading, { request, facts, inspected }, read)
  return undefined
}

async function attempt(job: RestoreJob, read: IntoRead, work: () => Promise<RestoreProblem | undefined>): Promise<RestoreProblem | undefined> {
  try {
    return await work()
  } catch (error) {
    return failed(job, error, read)
  }
}

async function attemptReading(job: RestoreJob, read: IntoRead, work: () => Promise<InspectedDump>): Promise<InspectedDump | RestoreProblem> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ProcessError) || read.call.signal.aborted) throw error
    if (error.cause instanceof BackupError) return failed(job, error.cause, read)
    const reason = REFUSALS[error.stages.find(({ program }) => program === 'sed')?.exitCode ?? 0]
    return reason === undefined ? await problemOf(job, error, read) : refused(job, reason)
  }
}

function refused({ record: { path } }: RestoreJob, why: string): RestoreProblem {
  return { kind: 'failed', path, message: `"${path}" cannot be loaded into another database: ${why}` }
}

function untrusted({ record: { path } }: RestoreJob, why: string): RestoreProblem {
  return { kind: 'untrusted', path, message: `"${path}" was not loaded because it does more than fill a database: ${why}` }
}

function failed({ record: { path } }: RestoreJob, error: unknown, { call }: IntoRead): RestoreProblem {
  if (!(error instanceof AppError) || call.signal.aborted) throw error
  const stderrTail = stderrOf(error)
  const hint = error.hint === undefined ? '' : ` (${error.hint})`
  return {
    kind: 'failed',
    path,
    message: `could not restore "${path}": ${messageOf(error)}${hint}`,
    ...(stderrTail !== '' && { stderr: stderrTail }),
  }
}

function stderrOf(error: AppError): string {
  const cause = error instanceof ProcessError ? error : error.cause
  return cause instanceof ProcessError ? cause.stderrTail.trim() : ''
}
