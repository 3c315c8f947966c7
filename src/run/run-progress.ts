import type { RunEvent } from './events.ts'

/** One object in the making. Times are of the clock that the events were handed over with, in milliseconds. */
export interface ObjectProgress {
  readonly path: string
  readonly bytes: number
  /** Its size in the last set. */
  readonly expectedBytes?: number
  readonly beganMs: number
  /** The storage that has no more than that, where others have. */
  readonly storage?: string
}

export interface StepProgress {
  readonly text: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly beganMs?: number
  readonly endedMs?: number
}

/** How far a run is, and what it has done so far: the one fold of its events, for terminals, messages and pages. */
export interface RunProgress {
  /** Empty before the run began. */
  readonly task: string
  /** The steps of the task itself. */
  readonly steps: readonly StepProgress[]
  /** What a step that runs another task is at. */
  readonly inner?: string
  /** Those being made for the present set. */
  readonly objects: readonly ObjectProgress[]
  /** Of the present set. */
  readonly made: number
  /** Objects that the present set is to have; 0 while none is made. */
  readonly wanted: number
  /** Of the whole run, in their order. */
  readonly published: readonly { readonly set: string; readonly storage: string; readonly bytes: number }[]
  /** Sets that expired in the whole run. */
  readonly expired: number
  /** Objects that were made in the whole run. */
  readonly madeInAll: number
}

export interface ProgressWatcher {
  /** Takes the next event of the run; one of a step that the run did not name is passed over. `nowMs`: any clock, in milliseconds. */
  watch(event: RunEvent, nowMs: number): void
  /** As it is now; later events do not change it. */
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
    case 'set-published':
      return { ...progress, published: [...progress.published, { set: event.set, storage: event.storage, bytes: event.bytes }] }
    case 'set-expired':
      return { ...progress, expired: progress.expired + 1 }
    default:
      return afterObject(event, progress, nowMs)
  }
}

function afterObject(event: RunEvent, progress: RunProgress, nowMs: number): RunProgress {
  switch (event.kind) {
    case 'set-began':
      return { ...withoutObjects(progress), wanted: event.objects }
    case 'object-began': {
      const { path, expectedBytes } = event
      const object = { path, bytes: 0, beganMs: nowMs, ...(expectedBytes !== undefined && { expectedBytes }) }
      return { ...progress, objects: [...progress.objects.filter((it) => it.path !== path), object] }
    }
    case 'object-progress':
      return { ...progress, objects: progress.objects.map((it) => (it.path === event.path ? withBytes(it, event) : it)) }
    case 'object-ended':
      return { ...without(progress, event.path), made: progress.made + 1, madeInAll: progress.madeInAll + 1 }
    case 'object-failed':
      return without(progress, event.path)
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

function withBytes({ storage: _, ...object }: ObjectProgress, { bytes, storage }: Extract<RunEvent, { kind: 'object-progress' }>): ObjectProgress {
  return { ...object, bytes, ...(storage !== undefined && { storage }) }
}

function without(progress: RunProgress, path: string): RunProgress {
  return { ...progress, objects: progress.objects.filter((it) => it.path !== path) }
}

function withoutObjects(progress: RunProgress): RunProgress {
  return { ...progress, objects: [], made: 0, wanted: 0 }
}
