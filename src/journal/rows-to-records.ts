import type { CheckRecord, RecordedError, RecordedObject, RecordedSet, RecordedStage, RecordedStep, RunState, RunSummary } from './run-record.ts'
import type { CheckRow, ObjectRow, RunRow, SetRow, StageRow, StepRow } from './tables.ts'

/** A run's row as a record. */
export function summaryOf(row: RunRow, state: RunState): RunSummary {
  const { id, task, config, dialect, tool, host, pid } = row
  const error = errorOf(row)
  return {
    id,
    task,
    state,
    began: new Date(row.began),
    ...(row.ended !== null && { ended: new Date(row.ended) }),
    ...optional({ exitCode: row.exit_code, signal: row.signal }),
    config,
    dialect,
    tool,
    host,
    pid,
    startedBy: row.started_by,
    ...optional({ user: row.started_by_user }),
    notes: textsOf(row.notes),
    ...(error && { error }),
  }
}

/** A step's row with its objects and processes. */
export function stepOf(row: StepRow, below: Pick<RecordedStep, 'stages' | 'objects'>): RecordedStep {
  const { number, task, place: index, text, began, objects: wanted } = row
  const end = row.status === 'partial' ? { ...endOf(row), status: 'partial' as const } : endOf(row)
  return { number, task, index, text, began: new Date(began), ...end, ...optional({ wanted }), ...below }
}

/** An object's row with its processes. */
export function objectOf(row: ObjectRow, stages: readonly RecordedStage[]): RecordedObject {
  const { path, began, bytes, sha256, done_bytes: doneBytes, covers, pipeline } = row
  return { path, began: new Date(began), ...endOf(row), ...optional({ bytes, sha256, doneBytes, covers, pipeline }), stages }
}

export function stageOf({ program, exec, exit_code, signal, duration_ms, stderr }: StageRow): RecordedStage {
  return { program, ...optional({ execId: exec, exitCode: exit_code, signal }), durationMs: duration_ms, stderr }
}

export function setOf({ step, storage, name, fate, at, bytes, reason }: SetRow): RecordedSet {
  return { step, storage, set: name, fate: fate as RecordedSet['fate'], at: new Date(at), ...optional({ bytes, reason }) }
}

export function checkOf(row: CheckRow): CheckRecord {
  const { kind, task, step, storage, name, host, began, ended, good, outcome, objects, bytes, target, problems, started_by, started_by_user } = row
  const times = { began: new Date(began), ended: new Date(ended) }
  const found = {
    ...optional({ objects, target, startedBy: started_by, user: started_by_user }),
    ...(outcome !== null && { outcome: outcome as NonNullable<CheckRecord['outcome']> }),
    ...(bytes !== null && { bytes: BigInt(bytes) }),
  }
  return {
    kind: kind as CheckRecord['kind'],
    task,
    step,
    storage,
    set: name,
    host,
    ...times,
    good: good === 1,
    ...found,
    problems: textsOf(problems),
  }
}

function errorOf({ error_code: code, error_message: message, error_hint: hint, error_stderr: stderr }: RunRow): RecordedError | undefined {
  return code === null ? undefined : { code, message: message ?? '', ...optional({ hint, stderr }) }
}

function endOf({ duration_ms: durationMs, status }: StepRow | ObjectRow): Pick<RecordedObject, 'durationMs' | 'status'> {
  return { ...optional({ durationMs }), ...(status !== null && { status: status as 'ok' | 'failed' | 'stopped' }) }
}

type Present<T> = { readonly [K in keyof T]?: NonNullable<T[K]> }

/** Columns without a value are omitted. */
function optional<T extends Readonly<Record<string, unknown>>>(columns: T): Present<T> {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)) as Present<T>
}

function textsOf(json: string): readonly string[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.map(String) : []
}
