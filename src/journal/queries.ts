import { Kysely } from 'kysely'
import { nodeSqliteDialect } from '../db/kysely-dialect.ts'
import type { Database } from '../db/schema.ts'
import { type CheckFilter, type RunFilter, readChecks, readLog, readRun, readRuns } from './read-runs.ts'
import type { CheckRecord, RecordedLine, RunRecord, RunSummary } from './run-record.ts'
import type { Observer } from './run-state.ts'
import type { Tables } from './tables.ts'

/** Queries on an open journal. */
export interface Queries {
  runs(filter: RunFilter): Promise<readonly RunSummary[]>
  run(id: string): Promise<RunRecord>
  log(id: string): Promise<readonly RecordedLine[]>
  checks(filter: CheckFilter): Promise<readonly CheckRecord[]>
}

export function queriesOn(db: Database, observer: Observer): Queries {
  const kysely = new Kysely<Tables>({ dialect: nodeSqliteDialect(db) })
  return {
    runs: (filter) => readRuns(kysely, filter, observer),
    run: (id) => readRun(kysely, id, observer),
    log: (id) => readLog(kysely, id),
    checks: (filter) => readChecks(kysely, filter),
  }
}
