import { Readable } from 'node:stream'
import { messageOf } from '../lib/errors.ts'
import { ProcessError } from '../process/result.ts'
import { administrator, type DatabaseServer, guestOf, loader, nameIn, type ServerLogin } from './database-server.ts'
import { REFUSALS, redirectScript } from './dump-redirect.ts'
import { countReading } from './read-progress.ts'
import { programWith, type RestoreKeys } from './restore-commands.ts'
import { decideRestore, type RestoreJob, type RestoreProblem } from './restore-jobs.ts'
import { problemOf, runJob } from './restore-object.ts'
import { type RestoreDeps, type RestoreResult, recordsOf } from './restore-set.ts'
import type { SetStore } from './set-store.ts'

export interface RestoreIntoRequest {
  readonly set: string
  /** The path of the dump. */
  readonly object: string
  readonly server: DatabaseServer
  readonly login: ServerLogin
  /** Removes a database of that name first. */
  readonly overwrite: boolean
  readonly dryRun: boolean
  readonly keys: RestoreKeys
  readonly contentOf: Parameters<typeof recordsOf>[1]['contentOf']
}

/**
 * Restores a plain dump of one database into a new database of a name of one's choice; the database that was dumped is never touched. The dump is read to
 * its end and compared before the server is asked for anything; a load that fails takes the new database away again. Rejects as `restoreSet` does.
 */
export async function restoreInto(sets: SetStore, request: RestoreIntoRequest, deps: RestoreDeps): Promise<RestoreResult> {
  const { set, object, keys, server, dryRun } = request
  const { state, records } = await recordsOf(sets, request, deps.call)
  const { jobs, problems, notes } = decideRestore(records, { objects: [object], archivesOnly: false, raw: false, keys })
  const [job] = jobs
  const found = job?.kind === 'stream' || problems.length > 0 || !job ? problems : [refused(job, 'it is no dump in plain SQL')]
  const facts = { set, state, notes }
  if (!job || found.length > 0) return { ...facts, objects: [], bytes: 0n, problems: found }
  const objects = [{ path: object, kind: job.kind, target: server.label }]
  if (dryRun) return { ...facts, objects, bytes: 0n, problems: [] }
  // Read twice: to be checked, then to be loaded.
  const count = countReading([{ path: object, bytes: 2 * job.record.bytes }], deps.onProgress)
  const read = { sets, set, ...deps, onBytes: (bytes: number) => count.add(object, bytes) }
  const untidy: string[] = []
  const problem = (await check(job, request, read)) ?? (await load(job, request, { ...read, onUntidy: (text) => untidy.push(text) }))
  return { ...facts, notes: [...notes, ...untidy], objects: problem ? [] : objects, bytes: count.bytes, problems: problem ? [problem] : [] }
}

type Read = Parameters<typeof runJob>[2]

function redirect({ kind }: DatabaseServer): RestoreJob['commands'][number] {
  return programWith(['sed', '-E', redirectScript(kind)])
}

/** Reads all of it, as it would be loaded. */
async function check(job: RestoreJob, { server }: RestoreIntoRequest, read: Read): Promise<RestoreProblem | undefined> {
  return attempt(job, read, () => runJob(job, { sink: { kind: 'discard' }, commands: [...job.commands, redirect(server)] }, read))
}

async function load(
  job: RestoreJob,
  request: RestoreIntoRequest,
  { onUntidy, ...read }: Read & { readonly onUntidy: (text: string) => void },
): Promise<RestoreProblem | undefined> {
  const { server, login, overwrite } = request
  const guest = guestOf(server, login)
  const name = nameIn(server)
  try {
    if (overwrite) await ask(`DROP DATABASE IF EXISTS ${name}`, request, read)
    await ask(`CREATE DATABASE ${name}`, request, read)
  } catch (error) {
    return failed(job, error, read)
  }
  let isLoaded = false
  try {
    for (const sql of guest?.make ?? []) await ask(sql, request, read)
    for (const sql of guest?.favours ?? []) await ask(sql, request, read).catch(() => undefined)
    const commands = [...job.commands, redirect(server), loader(guest?.server ?? server, guest?.login ?? login)]
    const problem = await attempt(job, read, () => runJob(job, { sink: { kind: 'discard' }, commands }, read))
    isLoaded = problem === undefined
    return problem
  } catch (error) {
    return failed(job, error, read)
  } finally {
    // Not under the run's own signal, which may be why we are here. What cannot be removed does not hide why.
    const tidy = { ...read, call: { signal: new AbortController().signal }, limits: { ...read.limits, runMs: TIDY_MS } }
    const last = [...(guest ? [guest.remove] : []), ...(isLoaded ? [] : [`DROP DATABASE IF EXISTS ${name}`])]
    for (const sql of last)
      await ask(sql, request, tidy).catch((error: unknown) => onUntidy(`could not tidy up, do it by hand: ${sql}: ${saidBy(error)}`))
  }
}

const TIDY_MS = 60_000

function saidBy(error: unknown): string {
  const said = error instanceof ProcessError ? error.stderrTail.trim() : ''
  return said === '' ? messageOf(error) : said
}

/** By stdin: statements may hold a password. */
async function ask(sql: string, { server, login }: RestoreIntoRequest, { processes, call, limits }: Read): Promise<void> {
  const input = Readable.from([Buffer.from(`${sql};\n`)], { objectMode: false })
  const { done } = await processes.startPipeline([administrator(server, login)], { kind: 'discard' }, { signal: call.signal, limits, input })
  await done
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
  return { kind: 'failed', path, message: `"${path}" cannot go into another database: ${why}` }
}

function failed({ record: { path } }: RestoreJob, error: unknown, { call }: Read): RestoreProblem {
  if (!(error instanceof ProcessError) || call.signal.aborted) throw error
  const { stderrTail } = error
  return { kind: 'failed', path, message: `"${path}" was not restored: ${messageOf(error)}`, ...(stderrTail.trim() !== '' && { stderr: stderrTail }) }
}
