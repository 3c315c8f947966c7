import { messageOf } from '../lib/errors.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunResult } from '../run/run-result.ts'
import type { RunOrigin, StageFacts } from './run-origin.ts'
import type { RecordedSet } from './run-record.ts'
import type { JournalChange, ObjectRow, RunRow, StepRow } from './tables.ts'

/** Converts the events of one run to rows. Pure except for its state about the run: the time comes with each event. */
export interface RunRows {
  /** The complete rows that the event creates or changes. None before the run began. */
  changesOf(event: RunEvent, at: Date): readonly JournalChange[]
  /** The current row of the run; undefined before the run began. */
  readonly run: RunRow | undefined
}

// Details and output of programs may be endless; important lines are not counted.
const DETAIL_CHARS = 1024 * 1024
const INFO = 3

interface State {
  readonly origin: RunOrigin
  run: RunRow | undefined
  /** The current steps, the step of a task before those inside that task. */
  readonly open: StepRow[]
  readonly objects: Map<string, ObjectRow>
  /** Steps with an object that failed itself. */
  readonly blamed: Set<number>
  /** The step that failed first: its error is that of the run. */
  failedStep: number | undefined
  steps: number
  sets: number
  lines: number
  detailChars: number
}

export function openRunRows(origin: RunOrigin): RunRows {
  const state: State = {
    origin,
    run: undefined,
    open: [],
    objects: new Map(),
    blamed: new Set(),
    failedStep: undefined,
    steps: 0,
    sets: 0,
    lines: 0,
    detailChars: DETAIL_CHARS,
  }
  return {
    changesOf(event, at) {
      const rows = rowsOf(event, state, at.toISOString())
      return [...rows, ...logRows(event, state, at.toISOString())]
    },
    get run() {
      return state.run
    },
  }
}

function rowsOf(event: RunEvent, state: State, at: string): readonly JournalChange[] {
  switch (event.kind) {
    case 'run-began':
      state.run = newRun(event, state.origin, at)
      return [{ table: 'runs', row: state.run }]
    case 'step-began':
      return stepBegan(event, state, at)
    case 'step-ended':
      return stepEnded(event, state)
    case 'step-failed':
      return stepFailed(event, state, at)
    case 'set-began':
      return setBegan(event, state)
    case 'object-began':
      return objectBegan(event, state, at)
    case 'object-progress':
      return objectAdvanced(event, state)
    case 'object-ended':
    case 'object-failed':
      return objectEnded(event, state)
    case 'set-published':
    case 'set-failed':
    case 'set-expired':
      return setChanged(event, state, at)
    case 'run-ended':
      return runEnded(event.result, state, at)
    default:
      return []
  }
}

type EventOf<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>

function newRun({ runId, task }: EventOf<'run-began'>, { config, dialect, tool, startedBy, user, owner }: RunOrigin, began: string): RunRow {
  const { host, boot, pid, start, pidNamespace } = owner
  const place = { config, dialect, tool, host, boot, pid, pid_start: start ?? null, pid_namespace: pidNamespace ?? null }
  const end = { ended: null, status: null, exit_code: null, signal: null, notes: '[]' }
  return {
    id: runId,
    task,
    started_by: startedBy,
    started_by_user: user,
    ...place,
    began,
    ...end,
    error_code: null,
    error_message: null,
    error_hint: null,
    error_stderr: null,
  }
}

function stepBegan({ task, index, text }: EventOf<'step-began'>, state: State, began: string): readonly JournalChange[] {
  state.steps += 1
  const row: StepRow = { run: runOf(state), number: state.steps, task, place: index, text, began, duration_ms: null, status: null, objects: null }
  state.open.push(row)
  return [{ table: 'steps', row }]
}

function stepEnded({ durationMs, stages = [], partial }: EventOf<'step-ended'>, state: State): readonly JournalChange[] {
  const row = state.open.pop()
  if (row === undefined) return []
  return [
    { table: 'steps', row: { ...row, duration_ms: durationMs, status: partial ? 'partial' : 'ok' } },
    ...stageRows(stages, { step: row.number, object: '' }, state),
  ]
}

/** It may have failed before it began. The stages of the failure are part of the run's error. */
function stepFailed({ task, index, code }: EventOf<'step-failed'>, state: State, at: string): readonly JournalChange[] {
  const { open } = state
  const place = open.findLastIndex((row) => row.task === task && row.place === index)
  const [row] = place === -1 ? [] : open.splice(place, 1)
  if (row === undefined) return []
  state.failedStep ??= row.number
  const isStopped = code.endsWith('/aborted') || code === 'run/interrupted'
  return [{ table: 'steps', row: { ...row, duration_ms: msBetween(row.began, at), status: isStopped ? 'stopped' : 'failed' } }]
}

/** Emitted for each storage. */
function setBegan({ objects }: EventOf<'set-began'>, { open }: State): readonly JournalChange[] {
  const step = open.pop()
  if (step === undefined) return []
  const row = { ...step, objects }
  open.push(row)
  return [{ table: 'steps', row }]
}

function objectAdvanced({ path, bytes, pipeline }: EventOf<'object-progress'>, { objects }: State): readonly JournalChange[] {
  const object = objects.get(path)
  if (object === undefined) return []
  const row = { ...object, done_bytes: bytes, pipeline: pipeline ? JSON.stringify(pipeline) : object.pipeline }
  objects.set(path, row)
  return [{ table: 'objects', row }]
}

function objectBegan({ path }: EventOf<'object-began'>, state: State, began: string): readonly JournalChange[] {
  const nothing = { duration_ms: null, status: null, bytes: null, sha256: null, done_bytes: null, covers: null, pipeline: null }
  const row: ObjectRow = { run: runOf(state), step: stepOf(state), path, began, ...nothing }
  state.objects.set(path, row)
  return [{ table: 'objects', row }]
}

function objectEnded(event: EventOf<'object-ended' | 'object-failed'>, state: State): readonly JournalChange[] {
  const row = state.objects.get(event.path)
  if (row === undefined) return []
  state.objects.delete(event.path)
  const status = event.kind === 'object-ended' ? 'ok' : event.stopped ? 'stopped' : 'failed'
  if (status === 'failed') state.blamed.add(row.step)
  const { bytes = null, sha256 = null, covers = null } = event.kind === 'object-ended' ? event : {}
  const ended = { ...row, duration_ms: event.durationMs, status, bytes, sha256, done_bytes: null, covers, pipeline: null }
  const place = { step: row.step, object: row.path, isKept: status !== 'ok' }
  return [{ table: 'objects', row: ended }, ...stageRows(event.stages ?? [], place, state)]
}

function setChanged(event: EventOf<'set-published' | 'set-failed' | 'set-expired'>, state: State, at: string): readonly JournalChange[] {
  state.sets += 1
  const { storage, set: name } = event
  const bytes = event.kind === 'set-published' ? event.bytes : null
  const reason = event.kind === 'set-failed' ? (event.message ?? null) : null
  return [
    { table: 'sets', row: { run: runOf(state), number: state.sets, step: stepOf(state), storage, name, fate: fateOf(event), at, bytes, reason } },
  ]
}

function fateOf(event: EventOf<'set-published' | 'set-failed' | 'set-expired'>): RecordedSet['fate'] {
  if (event.kind === 'set-failed') return event.stopped ? 'stopped' : 'failed'
  return event.kind === 'set-published' ? 'published' : 'expired'
}

function runEnded(result: RunResult, state: State, at: string): readonly JournalChange[] {
  const { run, open, origin } = state
  if (run === undefined) return []
  const { error, status, notes } = result
  const { code, signal } = origin.exitOf(result)
  const cause = error && origin.causeOf(error)
  const failedStep = state.failedStep ?? open.at(-1)?.number
  const stages = failedStep === undefined || state.blamed.has(failedStep) ? [] : (cause?.stages ?? [])
  const failed = status === 'interrupted' ? 'stopped' : 'failed'
  const ends = open.map((row): JournalChange => ({ table: 'steps', row: { ...row, duration_ms: msBetween(row.began, at), status: failed } }))
  state.run = {
    ...run,
    ended: at,
    status,
    exit_code: code,
    signal: signal ?? null,
    notes: JSON.stringify(notes),
    error_code: error?.code ?? null,
    error_message: error ? messageOf(error) : null,
    error_hint: cause?.hint ?? null,
    error_stderr: cause?.stderr ?? null,
  }
  open.length = 0
  const place = { step: failedStep ?? 0, object: '', isKept: true }
  return [...ends, ...stageRows(stages, place, state), { table: 'runs', row: state.run }]
}

interface StageOwner {
  readonly step: number
  readonly object: string
  /** Whether their last output is always kept. */
  readonly isKept?: boolean
}

function stageRows(stages: readonly StageFacts[], { step, object, isKept = false }: StageOwner, state: State): readonly JournalChange[] {
  return stages.map(({ program, execId, exitCode, signal, durationMs, stderrTail }, place) => {
    const kept = isKept || stderrTail.length <= state.detailChars ? stderrTail : ''
    if (!isKept) state.detailChars -= kept.length
    const end = { exit_code: exitCode ?? null, signal: signal ?? null, duration_ms: durationMs, stderr: kept }
    return { table: 'stages', row: { run: runOf(state), step, object, place, program, exec: execId ?? null, ...end } }
  })
}

function logRows(event: RunEvent, state: State, at: string): readonly JournalChange[] {
  return state.origin.linesOf(event).flatMap(({ level, text }) => {
    const isDetail = event.kind === 'stderr' || level > INFO
    if (isDetail && state.detailChars < 0) return []
    const line = { run: runOf(state), at, kind: event.kind }
    if (!isDetail || text.length <= state.detailChars) {
      if (isDetail) state.detailChars -= text.length
      return [logRow({ ...line, level, text }, state)]
    }
    state.detailChars = -1
    return [logRow({ ...line, kind: 'note', level: INFO, text: 'further details of this run were not recorded: too many\n' }, state)]
  })
}

function logRow(
  row: { readonly run: string; readonly at: string; readonly kind: string; readonly level: number; readonly text: string },
  state: State,
): JournalChange {
  state.lines += 1
  return { table: 'log', row: { ...row, number: state.lines } }
}

function runOf({ run }: State): string {
  return run?.id ?? ''
}

function stepOf({ open }: State): number {
  return open.at(-1)?.number ?? 0
}

function msBetween(from: string, to: string): number {
  return new Date(to).getTime() - new Date(from).getTime()
}
