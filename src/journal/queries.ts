import { Kysely } from 'kysely'
import { nodeSqliteDialect } from '../db/kysely-dialect.ts'
import type { Database } from '../db/schema.ts'
import type { Observer } from './decide-run-state.ts'
import { type EvidenceFilter, readEvidence, readEvidenceKeys } from './evidence.ts'
import {
  type CheckFilter,
  countRuns,
  type ExpiredSet,
  type LogRange,
  type PublishedSet,
  type RunFilter,
  readChecks,
  readExpired,
  readLog,
  readLogLength,
  readLogRows,
  readOwner,
  readPublished,
  readRun,
  readRuns,
} from './read-runs.ts'
import type { ProcessIdentity } from './run-origin.ts'
import type { CheckRecord, RecordedLine, RecordedPart, RunRecord, RunSummary } from './run-record.ts'
import type { Tables } from './tables.ts'

/** Queries on an open journal. */
export interface Queries {
  /** Newest first. */
  runs(filter: RunFilter): Promise<readonly RunSummary[]>
  /** How many runs the filter leaves, without its limit and place. */
  count(filter: RunFilter): Promise<number>
  /** The sets that runs published since then, newest first. */
  published(filter: { readonly from: Date }): Promise<readonly PublishedSet[]>
  /** The sets that runs removed by rotation since then. */
  expired(filter: { readonly from: Date }): Promise<readonly ExpiredSet[]>
  /** The process of a run; `id` as in `run`. */
  owner(id: string): Promise<ProcessIdentity>
  /** `id`: complete, an unambiguous prefix, or `latest`. Rejects with `journal/no-run`. */
  run(id: string): Promise<RunRecord>
  /** `id` as in `run`. */
  log(id: string): Promise<readonly RecordedLine[]>
  /** A part of the log: the rows from this number on, in order; the first row has the number 1. `id` as in `run`. */
  logRows(id: string, range: LogRange): Promise<readonly RecordedPart[]>
  /** The number of the last row of the log; 0 if there is none. `id` as in `run`. */
  logLength(id: string): Promise<number>
  /** Newest first: of one set, of one storage, or all. */
  checks(filter: CheckFilter): Promise<readonly CheckRecord[]>
  /** The texts of records of evidence, newest first. */
  evidence(filter: EvidenceFilter): Promise<readonly string[]>
  /** The keys that are named in records of evidence, each once. */
  evidenceKeys(): Promise<readonly string[]>
}

export function queriesOn(db: Database, observer: Observer): Queries {
  const kysely = new Kysely<Tables>({ dialect: nodeSqliteDialect(db) })
  return {
    runs: (filter) => readRuns(kysely, filter, observer),
    count: (filter) => countRuns(kysely, filter, observer),
    published: (filter) => readPublished(kysely, filter),
    expired: (filter) => readExpired(kysely, filter),
    owner: (id) => readOwner(kysely, id),
    run: (id) => readRun(kysely, id, observer),
    log: (id) => readLog(kysely, id),
    logRows: (id, range) => readLogRows(kysely, id, range),
    logLength: (id) => readLogLength(kysely, id),
    checks: (filter) => readChecks(kysely, filter),
    evidence: (filter) => readEvidence(kysely, filter),
    evidenceKeys: () => readEvidenceKeys(kysely),
  }
}
