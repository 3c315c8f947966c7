import { messageOf } from '../../lib/errors.ts'
import { ProcessError } from '../../process/process-result.ts'
import { programWith, type RestoreKeys } from '../filter/restore-commands.ts'
import { whyNotConfined } from '../into-database/confine.ts'
import { type DatabaseServer, nameIn, restoreAccountOf, type ServerLogin } from '../into-database/database-server.ts'
import { watchDangers } from '../into-database/dump-dangers.ts'
import { REFUSALS, redirectScript } from '../into-database/dump-redirect.ts'
import { loadThroughProxy } from '../into-database/load-through-proxy.ts'
import { askServer, type ServerFacts, serverFacts } from '../into-database/server-facts.ts'
import type { SetStore } from '../set/set-store.ts'
import { countReading } from '../store/read-progress.ts'
import { decideRestore, type RestoreJob, type RestoreProblem } from './restore-jobs.ts'
import { problemOf, type ReadObjectDeps, runJob, startJob } from './restore-object.ts'
import { type RestoreDeps, type RestoreResult, recordsOf } from './restore-set.ts'

export interface RestoreIntoRequest {
  readonly set: string
  /** The path of the dump. */
  readonly object: string
  readonly server: DatabaseServer
  readonly login: ServerLogin
  /** Removes an existing database with that name first. */
  readonly overwrite: boolean
  readonly dryRun: boolean
  readonly keys: RestoreKeys
  readonly contentOf: Parameters<typeof recordsOf>[1]['contentOf']
  /** As a superuser, also load dumps that request more from the server than filling a database. */
  readonly trustDump: boolean
  /** Also load if the client cannot be confined. */
  readonly unconfined: boolean
}

/** Restoring into a database, with progress and notes. */
export interface RestoreIntoDeps extends RestoreDeps {
  /** Receives notes before the dump is loaded. Absent: they are part of the result. */
  readonly onNote?: (note: string) => unknown
}

/**
 * Restores a plain dump of one database into a new database with a name of the user's choice; the original database is not changed. The dump is read
 * to its end, compared and inspected before the server is accessed; if loading fails, the new database is removed. The client that reads the dump is
 * confined. Rejects like `restoreSet`.
 */
export async function restoreInto(sets: SetStore, request: RestoreIntoRequest, deps: RestoreIntoDeps): Promise<RestoreResult> {
  const { set, object, keys, server, dryRun } = request
  const { state, records } = await recordsOf(sets, request, deps.call)
  const { jobs, problems, notes } = decideRestore(records, { objects: [object], archivesOnly: false, raw: false, keys })
  const [job] = jobs
  const found = job?.kind === 'stream' || problems.length > 0 || !job ? problems : [refused(job, 'it is not a plain SQL dump')]
  const facts = { set, state, notes }
  if (!job || found.length > 0) return { ...facts, objects: [], bytes: 0n, problems: found }
  const objects = [{ path: object, kind: job.kind, target: server.label }]
  if (dryRun) return { ...facts, objects, bytes: 0n, problems: [] }
  // Read twice: for the check, and for loading.
  const count = countReading([{ path: object, bytes: 2 * job.record.bytes }], deps.onProgress)
  const read = { sets, set, ...deps, onBytes: (bytes: number) => count.add(object, bytes) }
  const collected: string[] = []
  const onNote = deps.onNote ?? ((note: string) => collected.push(note))
  const problem = await checkAndLoad(job, request, { ...read, onNote })
  return { ...facts, notes: [...notes, ...collected], objects: problem ? [] : objects, bytes: count.bytes, problems: problem ? [problem] : [] }
}

type Read = ReadObjectDeps & { readonly onNote: (note: string) => unknown }

async function checkAndLoad(job: RestoreJob, request: RestoreIntoRequest, read: Read): Promise<RestoreProblem | undefined> {
  const why = request.unconfined ? undefined : await whyNotConfined()
  if (why !== undefined)
    return refused(
      job,
      `the client that reads it cannot be confined (${why}); use --unconfined to load it anyway, if you trust all users who could write the set`,
    )
  const looked = await check(job, request, read)
  if ('problem' in looked) return looked.problem
  let facts: ServerFacts
  try {
    facts = await serverFacts(request, read)
  } catch (error) {
    return failed(job, error, read)
  }
  for (const danger of looked.dangers) read.onNote(`the dump does more than fill a database: ${danger}`)
  if (looked.dangers.length > 0 && facts.isSuperuser && !request.trustDump)
    return untrusted(
      job,
      `${looked.dangers.join('; ')}. "${facts.user}" is a superuser: use --trust-dump to load it anyway, if you trust all users who could write the set`,
    )
  return await load(job, request, { ...read, facts })
}

function redirect({ kind }: DatabaseServer): RestoreJob['commands'][number] {
  return programWith(['sed', '-E', redirectScript(kind)])
}

/** Reads all of it, in the form in which it would be loaded. */
async function check(
  job: RestoreJob,
  { server }: RestoreIntoRequest,
  read: Read,
): Promise<{ readonly problem: RestoreProblem } | { readonly dangers: readonly string[] }> {
  const watch = watchDangers(server.kind)
  const problem = await attempt(job, read, async () => {
    const { output, done } = await startJob(job, { commands: [...job.commands, redirect(server)], sink: { kind: 'stream' } }, read)
    output.on('error', () => undefined).on('data', watch.see)
    await done
  })
  if (problem !== undefined) return { problem }
  const { dangers, commands } = watch.end()
  return commands.length === 0 ? { dangers } : { problem: refused(job, `it contains commands for the client: ${commands.join(', ')}`) }
}

async function load(
  job: RestoreJob,
  request: RestoreIntoRequest,
  { facts, ...read }: Read & { readonly facts: ServerFacts },
): Promise<RestoreProblem | undefined> {
  const { server, login, overwrite } = request
  const account = restoreAccountOf(server, login)
  const name = nameIn(server)
  const ask = (sql: string, deps: Read) => askServer(`${sql};`, request, deps)
  try {
    if (overwrite) await ask(`DROP DATABASE IF EXISTS ${name}`, read)
    await ask(`CREATE DATABASE ${name}`, read)
  } catch (error) {
    return failed(job, error, read)
  }
  let isLoaded = false
  try {
    for (const sql of account?.make ?? []) await ask(sql, read)
    for (const sql of account?.optionalGrants ?? []) await ask(sql, read).catch(() => undefined)
    const loading = { server: account?.server ?? server, login: account?.login ?? login, facts, isConfined: !request.unconfined }
    const problem = await attempt(job, read, () =>
      loadThroughProxy(loading, (client) => runJob(job, { sink: { kind: 'discard' }, commands: [...job.commands, redirect(server), client] }, read)),
    )
    isLoaded = problem === undefined
    return problem
  } catch (error) {
    return failed(job, error, read)
  } finally {
    // Not with the run's signal, which may already be aborted. A failure to remove it must not hide the cause.
    const tidy = { ...read, call: { signal: new AbortController().signal }, limits: { ...read.limits, runMs: TIDY_MS } }
    const last = [...(account ? [account.remove] : []), ...(isLoaded ? [] : [`DROP DATABASE IF EXISTS ${name}`])]
    for (const sql of last)
      await ask(sql, tidy).catch((error: unknown) => read.onNote(`could not clean up, run this manually: ${sql}: ${saidBy(error)}`))
  }
}

const TIDY_MS = 60_000

function saidBy(error: unknown): string {
  const said = error instanceof ProcessError ? error.stderrTail.trim() : ''
  return said === '' ? messageOf(error) : said
}

async function attempt(job: RestoreJob, read: Read, work: () => Promise<unknown>): Promise<RestoreProblem | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof ProcessError) || read.call.signal.aborted) throw error
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

function failed({ record: { path } }: RestoreJob, error: unknown, { call }: Read): RestoreProblem {
  if (!(error instanceof ProcessError) || call.signal.aborted) throw error
  const { stderrTail } = error
  return {
    kind: 'failed',
    path,
    message: `could not restore "${path}": ${messageOf(error)}`,
    ...(stderrTail.trim() !== '' && { stderr: stderrTail }),
  }
}
