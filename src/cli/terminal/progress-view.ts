import type { RunEvent } from '../../run/events.ts'
import { openLiveLines } from './live-lines.ts'
import type { Output } from './output.ts'
import { type ObjectProgress, renderProgress, type StepProgress } from './progress-lines.ts'

/** Live lines at the bottom of a terminal, redrawn in place; what is printed goes above them. */
export interface ProgressView {
  watch(event: RunEvent): void
  /** Prints whole lines above the view. */
  print(text: string): void
  /** Takes the view away. */
  close(): void
}

interface Deps {
  readonly output: Output
  readonly nowMs: () => number
  readonly everyMs: number
}

/** Only for a terminal. */
export function openProgressView({ output, nowMs, everyMs }: Deps): ProgressView {
  const state = newState()
  const render = () => {
    // While a step runs a command, the terminal is the command's own.
    if (state.wanted === 0) return []
    return renderProgress({ ...state, objects: [...state.objects.values()] }, { nowMs: nowMs(), columns: output.columns() })
  }
  const lines = openLiveLines({ output, everyMs, render })
  return {
    watch(event) {
      take(event, state, nowMs())
      if (state.wanted === 0) lines.clear()
    },
    print: lines.print,
    close: lines.close,
  }
}

interface State {
  steps: StepProgress[]
  inner?: string
  readonly objects: Map<string, ObjectProgress>
  made: number
  wanted: number
  task: string
}

function newState(): State {
  return { steps: [], objects: new Map(), made: 0, wanted: 0, task: '' }
}

function take(event: RunEvent, state: State, nowMs: number): void {
  switch (event.kind) {
    case 'run-began':
      state.task = event.task
      state.steps = event.steps.map((text) => ({ text, state: 'waiting' }))
      break
    case 'step-began':
      if (event.task === state.task) setStep(state, event.index, { text: event.text, state: 'going', beganMs: nowMs })
      else state.inner = `${event.task}: ${event.text}`
      break
    case 'step-ended':
      if (event.task === state.task) endStep(state, event.index, nowMs)
      break
    default:
      takeObject(event, state, nowMs)
  }
}

function setStep(state: State, index: number, step: StepProgress): void {
  state.steps[index] = step
  delete state.inner
  forgetObjects(state)
}

function endStep(state: State, index: number, nowMs: number): void {
  const step = state.steps[index]
  if (step) setStep(state, index, { ...step, state: 'done', endedMs: nowMs })
}

function withBytes({ storage: _, ...object }: ObjectProgress, { bytes, storage }: Extract<RunEvent, { kind: 'object-progress' }>): ObjectProgress {
  return { ...object, bytes, ...(storage !== undefined && { storage }) }
}

function forgetObjects(state: State): void {
  state.objects.clear()
  state.made = 0
  state.wanted = 0
}

function takeObject(event: RunEvent, state: State, nowMs: number): void {
  switch (event.kind) {
    case 'set-began':
      forgetObjects(state)
      state.wanted = event.objects
      break
    case 'object-began': {
      const expected = event.expectedBytes === undefined ? {} : { expectedBytes: event.expectedBytes }
      state.objects.set(event.path, { path: event.path, bytes: 0, beganMs: nowMs, ...expected })
      break
    }
    case 'object-progress': {
      const object = state.objects.get(event.path)
      if (object) state.objects.set(event.path, withBytes(object, event))
      break
    }
    case 'object-ended':
      state.objects.delete(event.path)
      state.made += 1
      break
    default:
      break
  }
}
