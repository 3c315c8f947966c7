import { ProcessError } from '../../process/process-result.ts'
import { type DatabaseLoad, type LoadContext, newNames, type QueryOptions } from '../into-database/database-load.ts'
import { quotedText } from '../into-database/database-server.ts'
import { loadThroughProxy } from '../into-database/load-through-proxy.ts'
import { describeMoving, discardMariadb, openMariadbLoad } from '../into-database/mariadb-load.ts'
import { discardPostgresql, openPostgresqlLoad } from '../into-database/postgresql-load.ts'
import { ordinaryOwners } from '../into-database/postgresql-owners.ts'
import { type DeadRestore, deadRestores, openRestoreRecord, type RestoreFacts, serverKey } from '../into-database/restore-record.ts'
import { queryServer, type ServerFacts } from '../into-database/server-facts.ts'
import { BackupError } from '../set/errors.ts'
import { type DumpReading, feedDump, type InspectedDump } from './dump-reading.ts'
import type { IntoRead, RestoreIntoRequest } from './into-request.ts'

interface Loaded {
  readonly request: RestoreIntoRequest
  readonly facts: ServerFacts
  readonly inspected: InspectedDump
}

type Server = Pick<LoadContext, 'query' | 'note'>

/**
 * Loads an inspected dump into a database with a temporary name, and gives it its name when it is complete. What it creates on the server is recorded
 * before, and removed if anything fails; an existing database stays unchanged until then, and is removed last.
 */
export async function loadDump(reading: DumpReading, { request, facts, inspected }: Loaded, read: IntoRead): Promise<void> {
  const { server, login, overwrite } = request
  const context: Server = { query: queryRunner(request, read), note: read.onNote }
  await sweep(request, context, read)
  const isReplaced = await exists(request, context)
  if (isReplaced && !overwrite)
    throw new BackupError('not-loaded', `database "${server.database}" already exists`, { hint: 'Use another name, or --overwrite to replace it.' })
  const isTrusted = reading.isTrusted
  if (!isTrusted) await ordinaryOwners(inspected.owners, context.query)
  const { temporary, old, account } = newNames()
  const record = await openRestoreRecord(read.recordFolder, {
    ...{ kind: server.kind, server: serverKey(server), database: server.database, isReplaced, temporary, old, phase: 'loading' },
    ...((server.kind === 'mariadb' || !isTrusted) && { account }),
  })
  const { call } = read
  call.failpoint?.('into-database-recorded')
  const { owners, definers } = inspected
  const whole: LoadContext = { ...context, server, login, facts, isTrusted, record, owners, definers, call }
  try {
    const load = await (server.kind === 'mariadb' ? openMariadbLoad : openPostgresqlLoad)(whole)
    call.failpoint?.('into-database-created')
    await feed(reading, load, { request, inspected }, read)
    call.signal.throwIfAborted()
    await load.place()
  } catch (error) {
    throw call.signal.aborted ? error : withState(error, record.facts)
  } finally {
    if (await discard(record.facts, context)) await record.remove()
  }
}

async function feed(reading: DumpReading, load: DatabaseLoad, { request, inspected }: Omit<Loaded, 'facts'>, read: IntoRead): Promise<void> {
  const loading = { server: load.server, login: load.login, facts: load.facts, isConfined: !request.unconfined }
  await loadThroughProxy(loading, (client) => feedDump(reading, { client, sha256: inspected.sha256 }, read))
}

function discard(facts: RestoreFacts, context: Server): Promise<boolean> {
  return facts.kind === 'mariadb' ? discardMariadb(facts, context) : discardPostgresql(facts, context)
}

/** Adds the objects that are on the server now. */
function withState(error: unknown, { isReplaced, database, phase }: RestoreFacts): unknown {
  if (!(error instanceof ProcessError) || phase !== 'loading') return error
  const state = isReplaced ? `the existing database "${database}" was not changed` : `the database "${database}" was not created`
  return new BackupError('not-loaded', `${error.message}; ${state}`, { cause: error, hint: error.hint })
}

// For what must also be done after an abort.
const TIDY_MS = 60_000

function queryRunner({ server, login }: RestoreIntoRequest, read: IntoRead): LoadContext['query'] {
  const last = { ...read, call: { signal: new AbortController().signal }, limits: { ...read.limits, runMs: TIDY_MS } }
  return (sql, { database, login: its, user, isLast = false }: QueryOptions = {}) => {
    const as = { server: user === undefined ? server : { ...server, user }, login: its ?? login, ...(database !== undefined && { database }) }
    return queryServer(`${sql}\n;`, as, isLast ? last : read)
  }
}

async function exists({ server: { kind, database } }: RestoreIntoRequest, { query }: Server): Promise<boolean> {
  const name = quotedText(kind, database)
  const sql =
    kind === 'mariadb'
      ? `SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${name}`
      : `SELECT 1 FROM pg_catalog.pg_database WHERE datname = ${name}`
  return (await query(sql)).trim() !== ''
}

/** Removes what killed restores left on this server, or reports it. */
async function sweep({ server }: RestoreIntoRequest, context: Server, { recordFolder }: IntoRead): Promise<void> {
  const key = serverKey(server)
  const { dead, unusable } = await deadRestores(recordFolder)
  for (const it of unusable) context.note(it)
  for (const it of dead.filter(({ facts }) => facts.server === key && facts.kind === server.kind)) await sweepOne(it, context)
}

async function sweepOne({ facts, path, forget }: DeadRestore, context: Server): Promise<void> {
  if (facts.phase !== 'moving') {
    if (await discard(facts, context)) await forget()
    else context.note(`an interrupted restore into "${facts.database}" left objects on ${facts.server}; they are listed in "${path}"`)
    return
  }
  const moving = await describeMoving(facts, path, context)
  if (moving !== undefined) context.note(moving)
  // Nothing of it exists any more: only the record is left.
  if (await discard(moving === undefined ? { ...facts, phase: 'placed' } : facts, context)) await forget()
}
