import type { Change } from '../db/schema.ts'

/** The rows of the journal in the database; `docs/format/journal.md` describes each column. Times are ISO 8601 in UTC, lists are JSON texts. */
export interface Tables {
  readonly runs: RunRow
  readonly steps: StepRow
  readonly objects: ObjectRow
  readonly stages: StageRow
  readonly sets: SetRow
  readonly log: LogRow
  readonly checks: CheckRow
  readonly evidence: EvidenceRow
}

export interface RunRow {
  id: string
  task: string
  config: string
  dialect: string
  tool: string
  started_by: string
  started_by_user: string | null
  host: string
  boot: string
  pid: number
  pid_start: number | null
  pid_namespace: string | null
  began: string
  ended: string | null
  status: string | null
  exit_code: number | null
  signal: string | null
  notes: string
  error_code: string | null
  error_message: string | null
  error_hint: string | null
  error_stderr: string | null
}

export interface StepRow {
  run: string
  number: number
  task: string
  place: number
  text: string
  began: string
  duration_ms: number | null
  status: string | null
  objects: number | null
}

export interface ObjectRow {
  run: string
  step: number
  path: string
  began: string
  duration_ms: number | null
  status: string | null
  bytes: number | null
  sha256: string | null
  done_bytes: number | null
  covers: string | null
  pipeline: string | null
}

export interface StageRow {
  run: string
  step: number
  object: string
  place: number
  program: string
  exec: string | null
  exit_code: number | null
  signal: string | null
  duration_ms: number
  stderr: string
}

export interface SetRow {
  run: string
  number: number
  step: number
  storage: string
  name: string
  fate: string
  at: string
  bytes: number | null
  reason: string | null
}

export interface LogRow {
  run: string
  number: number
  at: string
  kind: string
  level: number
  text: string
}

export interface CheckRow {
  id: string
  kind: string
  task: string
  step: string
  storage: string
  name: string
  host: string
  began: string
  ended: string
  good: number
  outcome: string | null
  objects: number | null
  bytes: number | null
  target: string | null
  problems: string
  started_by: string | null
  started_by_user: string | null
}

export interface EvidenceRow {
  number: number
  chain: string
  sha256: string
  kind: string
  task: string
  step: string
  storage: string
  name: string
  at: string
  outcome: string
  text: string
}

/** The columns that identify a row of each table: writing a row with the same key replaces it. */
export const KEYS = {
  runs: ['id'],
  steps: ['run', 'number'],
  objects: ['run', 'step', 'path'],
  stages: ['run', 'step', 'object', 'place'],
  sets: ['run', 'number'],
  log: ['run', 'number'],
  checks: ['id'],
  evidence: ['number'],
} as const satisfies { readonly [T in keyof Tables]: readonly (keyof Tables[T])[] }

export type JournalChange = Change<Tables>

/** The key of the row as one text, for maps. */
export function keyOf(change: JournalChange): string {
  const row = change.row as unknown as Readonly<Record<string, unknown>>
  return JSON.stringify([change.table, ...KEYS[change.table].map((column) => row[column])])
}
