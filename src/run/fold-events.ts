import type { PipelineActivity } from '../process/stage-activity.ts'
import type { RunEvent } from './events.ts'

/** One unfinished object. Times are those passed with the events, in milliseconds. */
export interface ObjectProgress {
  readonly path: string
  readonly bytes: number
  /** Its size in the last set. */
  readonly expectedBytes?: number
  readonly beganMs: number
  /** The storage that has received only this much, if others have more. */
  readonly storage?: string
  /** What the stages of its pipeline do; absent during the first second. */
  readonly pipeline?: PipelineActivity
}

export interface StepProgress {
  readonly text: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly beganMs?: number
  readonly endedMs?: number
}

/** The progress of a run, and its results so far: the one fold of its events, for terminals, messages and pages. */
export interface RunProgress {
  /** Empty before the run began. */
  readonly task: string
  /** The steps of the task itself. */
  readonly steps: readonly StepProgress[]
  /** The current step inside a step that runs another task. */
  readonly inner?: string
  /** Unfinished objects of the current set. */
  readonly objects: readonly ObjectProgress[]
  /** Of the current set; in a drill, also those that failed. */
  readonly made: number
  /** Number of objects of the current set; 0 if there is none. */
  readonly wanted: number
  /** The current set is not made, but drilled. */
  readonly isDrill?: true
  /** Of the whole run, in their order. */
  readonly published: readonly { readonly set: string; readonly storage: string; readonly bytes: number; readonly covers?: string }[]
  /** Sets that expired in the whole run. */
  readonly expired: number
  /** Objects that were made in the whole run. */
  readonly madeInAll: number
}

export interface ProgressWatcher {
  /** Processes the next event of the run; one of a step that the run did not list is skipped. `nowMs`: any clock, in milliseconds. */
  watch(event: RunEvent, nowMs: number): void
  /** The current state; later events do not change it. */
  readonly progress: RunProgress
}

export function watchProgress(): ProgressWatcher {
  let progress: RunProgress = { task: '', steps: [], objects: [], made: 0, wanted: 0, published: [], expired: 0, madeInAll: 0 }
  return {
    watch(event, nowMs) {
      progress = after(event, progress, nowMs)
    },
    get progress() {
      return progress
    },
  }
}

function after(event: RunEvent, progress: RunProgress, nowMs: number): RunProgress {
  switch (event.kind) {
    case 'run-began':
      return { ...progress, task: event.task, steps: event.steps.map((text) => ({ text, state: 'waiting' })) }
    case 'step-began':
      if (event.task !== progress.task) return { ...progress, inner: `${event.task}: ${event.text}` }
      return withStep(progress, event.index, { text: event.text, state: 'running', beganMs: nowMs })
    case 'step-ended':
    case 'step-failed':
      return event.task === progress.task ? withEnd(progress, event, nowMs) : progress
    case 'set-published': {
      const { set, storage, bytes, covers } = event
      return { ...progress, published: [...progress.published, { set, storage, bytes, ...(covers !== undefined && { covers }) }] }
    }
    case 'set-expired':
      return { ...progress, expired: progress.expired + 1 }
    default:
      return afterObject(event, progress, nowMs)
  }
}

function afterObject(event: RunEvent, progress: RunProgress, nowMs: number): RunProgress {
  switch (event.kind) {
    case 'set-began':
      return { ...withoutObjects(progress), wanted: event.objects, ...(event.drilled !== undefined && { isDrill: true }) }
    case 'object-began': {
      const { path, expectedBytes } = event
      const object = { path, bytes: 0, beganMs: nowMs, ...(expectedBytes !== undefined && { expectedBytes }) }
      return { ...progress, objects: [...progress.objects.filter((it) => it.path !== path), object] }
    }
    case 'object-progress':
      return { ...progress, objects: progress.objects.map((it) => (it.path === event.path ? withBytes(it, event) : it)) }
    case 'object-ended':
      return { ...without(progress, event.path), made: progress.made + 1, madeInAll: progress.madeInAll + (event.isDrill ? 0 : 1) }
    case 'object-failed':
      return { ...without(progress, event.path), made: progress.made + (event.isDrill ? 1 : 0) }
    default:
      return progress
  }
}

function withStep(progress: RunProgress, index: number, step: StepProgress): RunProgress {
  const { inner: _, ...rest } = withoutObjects(progress)
  return { ...rest, steps: rest.steps.map((it, at) => (at === index ? step : it)) }
}

function withEnd(progress: RunProgress, { kind, index }: { readonly kind: string; readonly index: number }, endedMs: number): RunProgress {
  const step = progress.steps[index]
  return step === undefined ? progress : withStep(progress, index, { ...step, state: kind === 'step-failed' ? 'failed' : 'done', endedMs })
}

function withBytes(
  { storage: _, ...object }: ObjectProgress,
  { bytes, storage, pipeline }: Extract<RunEvent, { kind: 'object-progress' }>,
): ObjectProgress {
  return { ...object, bytes, ...(storage !== undefined && { storage }), ...(pipeline && { pipeline }) }
}

function without(progress: RunProgress, path: string): RunProgress {
  return { ...progress, objects: progress.objects.filter((it) => it.path !== path) }
}

function withoutObjects({ isDrill: _, ...progress }: RunProgress): RunProgress {
  return { ...progress, objects: [], made: 0, wanted: 0 }
}
