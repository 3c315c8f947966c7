import fc from 'fast-check'
import type { StageFacts } from '../../src/journal/run-origin.ts'
import type { RecordedObject, RecordedSet, RecordedStage, RecordedStep, RunRecord } from '../../src/journal/run-record.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import { BEGAN_MS, ORIGIN, TestError, tickingClock } from './journal.ts'

/** What a run tells, and what the journal must say about it. */
export interface Story {
  readonly events: readonly RunEvent[]
  readonly record: Omit<RunRecord, 'began' | 'ended' | 'id'>
}

const text = fc.string({ unit: 'binary', maxLength: 12 })
const durationMs = fc.nat(1e9)

const stage: fc.Arbitrary<StageFacts> = fc.record(
  { program: text, execId: text, pid: fc.nat(), exitCode: fc.nat(255), signal: fc.constant<NodeJS.Signals>('SIGPIPE'), durationMs, stderrTail: text },
  { requiredKeys: ['program', 'pid', 'durationMs', 'stderrTail'] },
)
const stages = fc.array(stage, { maxLength: 3 })
const object = fc.record({
  path: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  durationMs,
  stages,
  kept: fc.option(fc.record({ bytes: fc.maxSafeNat(), sha256: text }), { nil: undefined }),
  end: fc.constantFrom('ok', 'ok', 'failed', 'stopped'),
})
const step = fc.record({
  task: text,
  index: fc.nat(9),
  text,
  durationMs,
  stages,
  objects: fc.uniqueArray(object, { maxLength: 4, selector: ({ path }) => path }),
  sets: fc.array(fc.record({ storage: text, set: text, bytes: fc.option(fc.maxSafeNat(), { nil: undefined }) }), { maxLength: 2 }),
  /** Whether the next step is one of a task inside this one. */
  holdsNext: fc.boolean(),
})
type Told = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Runs as the engine may tell them: steps inside steps, the last ones failing or not. */
export const aStory: fc.Arbitrary<Story> = fc
  .record({
    task: text,
    steps: fc.array(step, { maxLength: 4 }),
    notes: fc.array(text, { maxLength: 3 }),
    failure: fc.option(fc.record({ message: text, hint: text, stderr: text, stages }), { nil: undefined }),
  })
  .map(({ task, steps, notes, failure }) => storyOf(task, steps, { notes, failure: failure && new TestError(failure.message, failure) }))

interface End {
  readonly notes: readonly string[]
  readonly failure: TestError | undefined
}

type Tell = (event: RunEvent) => Date

/** A step that has begun: `number` counts from 1. */
interface Begun {
  readonly number: number
  readonly told: Told
}

function storyOf(task: string, told: readonly Told[], { notes, failure }: End): Story {
  const events: RunEvent[] = []
  const clock = tickingClock(BEGAN_MS)
  const tell: Tell = (event) => {
    events.push(event)
    return clock()
  }
  tell({ kind: 'run-began', runId: 'r', task, steps: [] })
  const steps: RecordedStep[] = []
  const sets: RecordedSet[] = []
  const open: Begun[] = []
  const endInnermost = () => {
    const begun = open.pop()
    if (begun !== undefined) steps[begun.number - 1] = endStep(begun.told, steps[begun.number - 1] as RecordedStep, tell)
  }
  for (const [place, it] of told.entries()) {
    steps.push(beginStep(it, place + 1, tell))
    for (const set of it.sets) sets.push(tellSet(set, place + 1, tell))
    open.push({ number: place + 1, told: it })
    const isLast = place === told.length - 1
    if (isLast ? failure === undefined : !it.holdsNext) endInnermost()
  }
  while (failure === undefined && open.length > 0) endInnermost()
  for (const text of notes) tell({ kind: 'note', task, text })
  const ended = tell({ kind: 'run-ended', result: resultOf(task, { notes, failure }) })
  for (const { number } of open) {
    const isInnermost = number === open.at(-1)?.number
    steps[number - 1] = failStep(steps[number - 1] as RecordedStep, { ended, stages: isInnermost ? (failure?.stages ?? []) : [] })
  }
  return { events, record: { task, ...originRecord(), ...endRecord({ notes, failure }), steps, sets } }
}

function beginStep({ task, index, text: words, objects }: Told, number: number, tell: Tell): RecordedStep {
  const began = tell({ kind: 'step-began', task, index, steps: 10, text: words })
  return { number, task, index, text: words, began, stages: [], objects: objects.map((it) => tellObject(it, task, tell)) }
}

function tellObject({ path, durationMs: ms, stages: ends, end, kept }: Told['objects'][number], task: string, tell: Tell): RecordedObject {
  const began = tell({ kind: 'object-began', task, step: 's', path })
  const base = { task, step: 's', path, durationMs: ms, stages: ends }
  if (end === 'ok') tell({ kind: 'object-ended', ...base, ...kept })
  else tell({ kind: 'object-failed', ...base, stopped: end === 'stopped' })
  return { path, began, durationMs: ms, status: end, ...(end === 'ok' && kept), stages: ends.map(recorded) }
}

function tellSet({ storage, set, bytes }: Told['sets'][number], step: number, tell: Tell): RecordedSet {
  const what = { task: 't', step: 's', storage, set }
  if (bytes === undefined) return { step, storage, set, fate: 'expired', at: tell({ kind: 'set-expired', ...what }) }
  return { step, storage, set, fate: 'published', at: tell({ kind: 'set-published', ...what, bytes }), bytes }
}

function endStep({ task, index, durationMs: ms, stages: ends }: Told, begun: RecordedStep, tell: Tell): RecordedStep {
  tell({ kind: 'step-ended', task, index, durationMs: ms, stages: ends })
  return { ...begun, durationMs: ms, status: 'ok', stages: ends.map(recorded) }
}

/** Where an object failed by itself, the stages of the failure are that object's. */
function failStep(begun: RecordedStep, { ended, stages: ends }: { readonly ended: Date; readonly stages: readonly StageFacts[] }): RecordedStep {
  const isBlamed = begun.objects.some(({ status }) => status === 'failed')
  const failedAfter = { durationMs: ended.getTime() - begun.began.getTime(), status: 'failed' as const }
  return { ...begun, ...failedAfter, stages: isBlamed ? [] : ends.map(recorded) }
}

function resultOf(task: string, { notes, failure: error }: End): RunResult {
  const times = { began: new Date(BEGAN_MS), ended: new Date(BEGAN_MS) }
  return { runId: 'r', task, status: error ? 'failed' : 'ok', notes, ...times, ...(error && { error }) }
}

function originRecord() {
  const { config, dialect, tool, startedBy, user, owner } = ORIGIN
  return { config, dialect, tool, startedBy, user, host: owner.host, pid: owner.pid }
}

function endRecord({ notes, failure }: End) {
  if (failure === undefined) return { state: 'ok' as const, exitCode: 0, notes }
  const { code, message, hint = '', stderr } = failure
  return { state: 'failed' as const, exitCode: 1, notes, error: { code, message, hint, stderr } }
}

function recorded({ program, execId, exitCode, signal, durationMs: ms, stderrTail }: StageFacts): RecordedStage {
  const how = { ...(execId !== undefined && { execId }), ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }) }
  return { program, ...how, durationMs: ms, stderr: stderrTail }
}
