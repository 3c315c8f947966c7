import type { Schema } from '../db/schema.ts'
import { KEYS, type Tables } from './tables.ts'

/** The tables of the journal. The text is valid for SQLite and PostgreSQL. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `create table runs (
      id text primary key, task text not null, config text not null, dialect text not null, tool text not null, started_by text not null,
      host text not null, boot text not null, pid integer not null, pid_start bigint,
      began text not null, ended text, status text, exit_code integer, signal text, notes text not null,
      error_code text, error_message text, error_hint text, error_stderr text)`,
    'create index runs_by_began on runs (began)',
    `create table steps (
      run text not null references runs (id) on delete cascade, number integer not null, task text not null, place integer not null, text text not null,
      began text not null, duration_ms bigint, status text, primary key (run, number))`,
    `create table objects (
      run text not null references runs (id) on delete cascade, step integer not null, path text not null,
      began text not null, duration_ms bigint, status text, bytes bigint, sha256 text, primary key (run, step, path))`,
    `create table stages (
      run text not null references runs (id) on delete cascade, step integer not null, object text not null, place integer not null,
      program text not null, exec text, exit_code integer, signal text, duration_ms bigint not null, stderr text not null,
      primary key (run, step, object, place))`,
    `create table sets (
      run text not null references runs (id) on delete cascade, number integer not null, step integer not null,
      storage text not null, name text not null, fate text not null, at text not null, bytes bigint, primary key (run, number))`,
    `create table log (
      run text not null references runs (id) on delete cascade, number integer not null,
      at text not null, kind text not null, level integer not null, text text not null, primary key (run, number))`,
    `create table checks (
      id text primary key, kind text not null, task text not null, step text not null, storage text not null, name text not null, host text not null,
      began text not null, ended text not null, good integer not null, objects bigint, bytes bigint, target text, problems text not null)`,
    'create index checks_by_began on checks (began)',
  ],
  // Why a storage did not receive a set that others have.
  ['alter table sets add column reason text'],
  // Without it, a PID has no meaning if a journal contains runs of several containers.
  ['alter table runs add column pid_namespace text'],
  // The progress of a run can be read by other processes.
  ['alter table steps add column objects bigint', 'alter table objects add column done_bytes bigint'],
  // A drill can be inconclusive.
  ['alter table checks add column outcome text'],
  // What an object contains of its source.
  ['alter table objects add column covers text'],
  // Signed records of sets, each chained to the one before it.
  [
    `create table evidence (
      number integer primary key, chain text not null, sha256 text not null, kind text not null, task text not null, step text not null,
      storage text not null, name text not null, at text not null, outcome text not null, text text not null)`,
    'create index evidence_by_step on evidence (task, step, kind)',
  ],
  // What the stages of an unfinished object do can be read by other processes.
  ['alter table objects add column pipeline text'],
  // Who verified or restored a set.
  ['alter table checks add column started_by text', 'alter table checks add column started_by_user text'],
  // Who started a run.
  ['alter table runs add column started_by_user text'],
]

export const JOURNAL: Schema<Tables> = {
  name: 'journal',
  // "HOLD"
  applicationId: 0x484f4c44,
  migrations: MIGRATIONS,
  keys: KEYS,
  ifDamaged: 'replace',
  without: 'Runs work without the journal.',
}
