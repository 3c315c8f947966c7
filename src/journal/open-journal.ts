import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { connect } from '../db/connection.ts'
import { makeFolders } from '../files/make-folders.ts'
import { appendEvidence } from './append-evidence.ts'
import type { Journal } from './journal.ts'
import { JOURNAL } from './migrations.ts'
import { pruneJournal } from './prune.ts'
import { type ReadDeps, readJournal } from './read-journal.ts'
import { openRecorder, type Recorder, untilWritten } from './recorder.ts'
import type { CheckRecord } from './run-record.ts'
import type { CheckRow } from './tables.ts'

/**
 * The journal in `file`, opened for the first read or write. For writing, its folder (0700) and the file (0600) are created if missing. A damaged
 * journal is renamed and a new one is created; one of a later version is only read.
 */
export function openJournal(file: string, deps: ReadDeps): Journal {
  const connection = connect(JOURNAL, file, deps)
  const recorders: Recorder[] = []
  return {
    async watch(origin) {
      // An error is reported when the file cannot be created.
      await makeFolders(dirname(file), 0o700).catch(() => undefined)
      const recorder = openRecorder(connection, origin, deps)
      recorders.push(recorder)
      return recorder.watch
    },
    async record(check) {
      await makeFolders(dirname(file), 0o700).catch(() => undefined)
      await untilWritten(() => connection.write([{ table: 'checks', row: rowOf(check) }]), deps.note)
    },
    async append(make) {
      await makeFolders(dirname(file), 0o700).catch(() => undefined)
      return await appendEvidence(connection, make)
    },
    evidence: (filter) => readJournal(file, deps, (queries) => queries.evidence(filter)),
    evidenceKeys: () => readJournal(file, deps, (queries) => queries.evidenceKeys()),
    runs: (filter) => readJournal(file, deps, (queries) => queries.runs(filter)),
    count: (filter) => readJournal(file, deps, (queries) => queries.count(filter)),
    expired: (filter) => readJournal(file, deps, (queries) => queries.expired(filter)),
    published: (filter) => readJournal(file, deps, (queries) => queries.published(filter)),
    owner: (id) => readJournal(file, deps, (queries) => queries.owner(id)),
    run: (id) => readJournal(file, deps, (queries) => queries.run(id)),
    log: (id) => readJournal(file, deps, (queries) => queries.log(id)),
    logLength: (id) => readJournal(file, deps, (queries) => queries.logLength(id)),
    logRows: (id, range) => readJournal(file, deps, (queries) => queries.logRows(id, range)),
    checks: (filter) => readJournal(file, deps, (queries) => queries.checks(filter)),
    prune: (limits) => pruneJournal(connection, limits, deps.clock()),
    async close() {
      await Promise.all(recorders.map((recorder) => recorder.finish()))
      connection.close()
    },
  }
}

function rowOf(check: CheckRecord): CheckRow {
  const { kind, task, step, storage, set: name, host, began, ended, good, outcome, objects, bytes, target, problems, startedBy, user } = check
  const times = { began: began.toISOString(), ended: ended.toISOString() }
  const found = {
    good: Number(good),
    outcome: outcome ?? null,
    objects: objects ?? null,
    bytes: bytes === undefined ? null : Number(bytes),
    target: target ?? null,
    started_by: startedBy ?? null,
    started_by_user: user ?? null,
  }
  return { id: randomUUID(), kind, task, step, storage, name, host, ...times, ...found, problems: JSON.stringify(problems) }
}
