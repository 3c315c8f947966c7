import type { Run } from '../../../../src/api/schema/runs.ts'
import { millis } from '../../format/format.tsx'
import type { StateName } from '../../ui/state.tsx'

export type RunStage = Run['steps'][number]['stages'][number]

export type Activity = NonNullable<Moving['pipeline']>

/** One bar of the timeline: a step, or one of its objects. */
export interface Row {
  readonly key: string
  readonly label: string
  readonly isStep: boolean
  readonly state: StateName
  readonly from: number
  /** Undefined while in progress. */
  readonly to: number | undefined
  readonly bytes: number | undefined
  readonly expected: number | undefined
  readonly rate: number | undefined
  readonly stages: readonly RunStage[]
  /** What the stages of an object in progress do. */
  readonly live?: Activity
}

type Moving = NonNullable<Run['progress']>['objects'][number]

/** The bars of a run, from its record and its progress. */
export function rowsOf(run: Run): readonly Row[] {
  const isOver = run.state !== 'running'
  // The end of a run is known before the run is loaded again: its progress is then out of date.
  const progress = isOver ? null : run.progress
  const moving = new Map((progress?.objects ?? []).map((it) => [it.path, it]))
  const recorded = run.steps.flatMap((step) => {
    const state = stateOf(step.status, isOver)
    const head = rowOf({ key: `step ${step.number}`, label: step.text, isStep: true, state, began: step.began, durationMs: step.durationMs })
    const objects = step.objects.map((it) => {
      const key = `${step.number} ${it.path}`
      const own = rowOf({ key, label: it.path, isStep: false, state: stateOf(it.status, isOver), began: it.began, durationMs: it.durationMs })
      return inMotion({ ...own, bytes: it.bytes ?? undefined, stages: it.stages }, it.status === null ? moving.get(it.path) : undefined)
    })
    return [{ ...head, stages: step.stages }, ...objects]
  })
  const known = new Set(recorded.map((it) => it.label))
  const unrecorded = [...moving.values()].filter((it) => !known.has(it.path))
  const waiting = (progress?.steps ?? []).slice(run.steps.length).filter((it) => it.state === 'waiting')
  return [
    ...recorded,
    ...unrecorded.map((it) =>
      inMotion(rowOf({ key: `moving ${it.path}`, label: it.path, isStep: false, state: 'running', began: it.began, durationMs: null }), it),
    ),
    ...waiting.map((it, index) => ({
      ...rowOf({ key: `waiting ${index}`, label: it.text, isStep: true, state: 'waiting', began: '', durationMs: null }),
    })),
  ]
}

interface RowFacts {
  readonly key: string
  readonly label: string
  readonly isStep: boolean
  readonly state: StateName
  readonly began: string
  readonly durationMs: number | null
}

function rowOf({ key, label, isStep, state, began, durationMs }: RowFacts): Row {
  const from = began === '' ? Number.NaN : millis(began)
  return {
    key,
    label,
    isStep,
    state,
    from,
    to: durationMs === null ? undefined : from + Math.max(0, durationMs),
    bytes: undefined,
    expected: undefined,
    rate: undefined,
    stages: [],
  }
}

function inMotion(row: Row, moving: Moving | undefined): Row {
  if (!moving) return row
  return {
    ...row,
    bytes: moving.bytes,
    expected: moving.expectedBytes ?? undefined,
    rate: moving.bytesPerSecond ?? undefined,
    // Absent in answers of servers of an earlier version.
    ...(moving.pipeline && { live: moving.pipeline }),
  }
}

/** Without a recorded end: in progress, or interrupted with the run. */
function stateOf(status: 'ok' | 'failed' | 'stopped' | 'partial' | null, isOver: boolean): StateName {
  if (status === null) return isOver ? 'stopped' : 'running'
  return status
}
