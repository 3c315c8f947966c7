import { type Kysely, sql } from 'kysely'
import { decideRunState, type Observer } from './decide-run-state.ts'
import { NoRunError } from './no-run-error.ts'
import { checkOf, objectOf, setOf, stageOf, stepOf, summaryOf } from './rows-to-records.ts'
import type { ProcessIdentity } from './run-origin.ts'
import type { CheckRecord, RecordedLine, RecordedPart, RecordedStage, RunRecord, RunState, RunSummary } from './run-record.ts'
import type { RunRow, StageRow, Tables } from './tables.ts'

export interface RunFilter {
  readonly task?: string
  /** Only runs that failed or were killed. */
  readonly failed?: boolean
  /** Only those that run. */
  readonly running?: boolean
  /** Only those that began at this moment or later, and before that one. */
  readonly from?: Date
  readonly to?: Date
  /** In the order in which they were recorded, not in that of their beginnings: the clock may have been wrong. */
  readonly asRecorded?: boolean
  /** Without `asRecorded`: only the runs that follow this one in the order of the result. */
  readonly after?: { readonly began: Date; readonly id: string }
  /** At most this number of the newest runs. */
  readonly limit?: number
}

const GOOD = ['ok', 'warnings'] as const
// Rows are never inserted between others.
const RECORDED = sql`rowid`

/** The runs that match the filter, newest first. */
export async function readRuns(db: Kysely<Tables>, filter: RunFilter, observer: Observer): Promise<readonly RunSummary[]> {
  const { failed = false, running = false, limit = Infinity, asRecorded = false, after } = filter
  const found: RunSummary[] = []
  const all = wanted(db, filter).selectAll()
  let query = asRecorded ? all.orderBy(RECORDED, 'desc') : all.orderBy('began', 'desc').orderBy('id', 'desc')
  if (after !== undefined) {
    const began = after.began.toISOString()
    query = query.where((it) => it.or([it('began', '<', began), it.and([it('began', '=', began), it('id', '<', after.id)])]))
  }
  // The table does not contain which runs were killed, so the limit cannot be part of the query.
  for await (const row of query.stream()) {
    if (found.length >= limit) break
    const state = decideRunState(row, observer)
    if (isWanted(state, { failed, running })) found.push(summaryOf(row, state))
  }
  return found
}

/** How many runs the filter leaves, without its limit and place. */
export async function countRuns(db: Kysely<Tables>, filter: RunFilter, observer: Observer): Promise<number> {
  const { failed = false, running = false } = filter
  if (!failed && !running) {
    const row = await wanted(db, filter)
      .select((it) => it.fn.countAll<number>().as('n'))
      .executeTakeFirst()
    return row?.n ?? 0
  }
  let count = 0
  for await (const row of wanted(db, filter).selectAll().stream()) if (isWanted(decideRunState(row, observer), { failed, running })) count += 1
  return count
}

function wanted(db: Kysely<Tables>, { task, failed = false, running = false, from, to }: RunFilter) {
  let query = db.selectFrom('runs')
  if (task !== undefined) query = query.where('task', '=', task)
  if (failed) query = query.where((it) => it.or([it('status', 'is', null), it('status', 'not in', GOOD)]))
  if (running) query = query.where('status', 'is', null)
  if (from !== undefined) query = query.where('began', '>=', from.toISOString())
  if (to !== undefined) query = query.where('began', '<', to.toISOString())
  return query
}

function isWanted(state: RunState, { failed, running }: { readonly failed: boolean; readonly running: boolean }): boolean {
  return (!failed || state !== 'running') && (!running || state === 'running')
}

/** A set as the run that published it recorded it. */
export interface PublishedSet {
  readonly run: string
  readonly task: string
  readonly storage: string
  readonly set: string
  readonly at: Date
  readonly bytes?: number
}

/** The sets that were published since then, newest first. */
export async function readPublished(db: Kysely<Tables>, { from }: { readonly from: Date }): Promise<readonly PublishedSet[]> {
  const rows = await db
    .selectFrom('sets')
    .innerJoin('steps', (join) => join.onRef('steps.run', '=', 'sets.run').onRef('steps.number', '=', 'sets.step'))
    .select(['sets.run', 'steps.task', 'sets.storage', 'sets.name', 'sets.at', 'sets.bytes'])
    .where('sets.fate', '=', 'published')
    .where('sets.at', '>=', from.toISOString())
    .orderBy('sets.at', 'desc')
    .execute()
  return rows.map(({ run, task, storage, name, at, bytes }) => ({
    run,
    task,
    storage,
    set: name,
    at: new Date(at),
    ...(bytes !== null && { bytes }),
  }))
}

/** A set that a run removed because its time had come. */
export type ExpiredSet = Pick<PublishedSet, 'storage' | 'set' | 'at'>

/** The sets that runs removed since then. */
export async function readExpired(db: Kysely<Tables>, { from }: { readonly from: Date }): Promise<readonly ExpiredSet[]> {
  const rows = await db
    .selectFrom('sets')
    .select(['storage', 'name', 'at'])
    .where('fate', '=', 'expired')
    .where('at', '>=', from.toISOString())
    .execute()
  return rows.map(({ storage, name, at }) => ({ storage, set: name, at: new Date(at) }))
}

/** The process of a run. Rejects with `journal/no-run`. */
export async function readOwner(db: Kysely<Tables>, id: string): Promise<ProcessIdentity> {
  const { host, boot, pid, pid_start: start, pid_namespace: pidNamespace } = await findRun(db, id)
  return { host, boot, pid, start: start ?? undefined, ...(pidNamespace !== null && { pidNamespace }) }
}

/** The row of the run with this `id`: complete, an unambiguous prefix, or `latest`. Rejects with `journal/no-run`. */
async function findRun(db: Kysely<Tables>, id: string): Promise<RunRow> {
  const runs = db.selectFrom('runs').selectAll()
  if (id === 'latest') {
    const newest = runs.orderBy(RECORDED, 'desc').limit(1)
    // Not a run that was refused because another one was running, unless there is no other.
    const unlocked = newest.where((it) => it.or([it('status', 'is', null), it('status', '!=', 'locked')]))
    const latest = (await unlocked.executeTakeFirst()) ?? (await newest.executeTakeFirst())
    if (latest === undefined) throw new NoRunError('no runs are recorded', { hint: 'Runs are recorded when tasks are run.' })
    return latest
  }
  const found = await runs
    .where('id', '>=', id)
    .where('id', '<', `${id}\u{10ffff}`)
    .orderBy('id')
    .limit(SHOWN + 1)
    .execute()
  const exact = found.find((row) => row.id === id)
  const [first, second] = found
  if (exact !== undefined) return exact
  if (first === undefined || id === '') throw new NoRunError(`unknown run "${id}"`, { hint: 'See "runs" for the recorded runs.' })
  if (second === undefined) return first
  const ids = found.slice(0, SHOWN).map((row) => row.id)
  throw new NoRunError(`ambiguous run id "${id}"`, {
    hint: `Write more of it: ${ids.join(', ')}${found.length > SHOWN ? ' and more' : ''}.`,
  })
}

const SHOWN = 5

export interface CheckFilter {
  readonly storage?: string
  readonly set?: string
  readonly limit?: number
}

/** The results of verifications and restores, the last recorded first. */
export async function readChecks(db: Kysely<Tables>, { storage, set, limit }: CheckFilter): Promise<readonly CheckRecord[]> {
  let query = db.selectFrom('checks').selectAll().orderBy(RECORDED, 'desc')
  if (storage !== undefined) query = query.where('storage', '=', storage)
  if (set !== undefined) query = query.where('name', '=', set)
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(checkOf)
}

/** Everything recorded about the run with this `id`, as accepted by `findRun`. */
export async function readRun(db: Kysely<Tables>, id: string, observer: Observer): Promise<RunRecord> {
  const row = await findRun(db, id)
  const [steps, objects, stages, sets] = await Promise.all([
    db.selectFrom('steps').selectAll().where('run', '=', row.id).orderBy('number').execute(),
    db.selectFrom('objects').selectAll().where('run', '=', row.id).orderBy('step').orderBy('began').orderBy('path').execute(),
    db.selectFrom('stages').selectAll().where('run', '=', row.id).orderBy('step').orderBy('object').orderBy('place').execute(),
    db.selectFrom('sets').selectAll().where('run', '=', row.id).orderBy('number').execute(),
  ])
  const below = Map.groupBy(stages, ({ step, object }) => placeOf(step, object))
  const stagesOf = (step: number, object: string): readonly RecordedStage[] => below.get(placeOf(step, object))?.map(toStage) ?? []
  const objectsOf = Map.groupBy(objects, ({ step }) => step)
  return {
    ...summaryOf(row, decideRunState(row, observer)),
    steps: steps.map((step) =>
      stepOf(step, {
        stages: stagesOf(step.number, ''),
        objects: (objectsOf.get(step.number) ?? []).map((object) => objectOf(object, stagesOf(step.number, object.path))),
      }),
    ),
    sets: sets.map(setOf),
  }
}

/** The log of the run with this `id`, in order. */
export async function readLog(db: Kysely<Tables>, id: string): Promise<readonly RecordedLine[]> {
  const { id: run } = await findRun(db, id)
  const rows = await db.selectFrom('log').selectAll().where('run', '=', run).orderBy('number').execute()
  return rows.map(({ at, kind, level, text }) => ({ at: new Date(at), kind, level, text }))
}

export interface LogRange {
  readonly from: number
  readonly limit: number
}

/** A part of the log of the run with this `id`, in order. */
export async function readLogRows(db: Kysely<Tables>, id: string, { from, limit }: LogRange): Promise<readonly RecordedPart[]> {
  const { id: run } = await findRun(db, id)
  const rows = await db
    .selectFrom('log')
    .select(['number', 'at', 'kind', 'level', 'text'])
    .where('run', '=', run)
    .where('number', '>=', from)
    .orderBy('number')
    .limit(limit)
    .execute()
  return rows.map(({ at, ...row }) => ({ ...row, at: new Date(at) }))
}

/** The number of the last row of the log of the run with this `id`; 0 if there is none. */
export async function readLogLength(db: Kysely<Tables>, id: string): Promise<number> {
  const { id: run } = await findRun(db, id)
  const last = await db.selectFrom('log').select('number').where('run', '=', run).orderBy('number', 'desc').limit(1).executeTakeFirst()
  return last?.number ?? 0
}

function placeOf(step: number, object: string): string {
  return `${step}\0${object}`
}

function toStage(row: StageRow): RecordedStage {
  return stageOf(row)
}
