import fc from 'fast-check'
import type { StageFacts } from '../../src/journal/run-origin.ts'
import type { RecordedObject, RecordedStage, RecordedStep, RunRecord } from '../../src/journal/run-record.ts'
import type { RunEvent } from '../../src/run/events.ts'
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

function storyOf(task: string, told: readonly Told[], { notes, failure }: End): Story {
  const events: RunEvent[] = [{ kind: 'run-began', runId: 'r', task }]
  const steps: RecordedStep[] = []
  const sets: RunRecord['sets'][number][] = []
  const clock = tickingClock(BEGAN_MS + 1000)
  const now = () => clock()
  const tell = (event: RunEvent): Date => {
    events.push(event)
    return now()
  }
  const open: { readonly number: number; readonly told: Told }[] = []
  const close = () => {
    const { number, told: it } = open.pop() as (typeof open)[number]
    tell({ kind: 'step-ended', task: it.task, index: it.index, durationMs: it.durationMs, stages: it.stages })
    steps[number - 1] = { ...(steps[number - 1] as RecordedStep), durationMs: it.durationMs, status: 'ok', stages: it.stages.map(recorded) }
  }
  for (const [place, it] of told.entries()) {
    const number = place + 1
    const began = tell({ kind: 'step-began', task: it.task, index: it.index, steps: 10, text: it.text })
    const objects = it.objects.map((one): RecordedObject => {
      const beganMaking = tell({ kind: 'object-began', task: it.task, step: 's', path: one.path })
      const base = { task: it.task, step: 's', path: one.path, durationMs: one.durationMs, stages: one.stages }
      if (one.end === 'ok') tell({ kind: 'object-ended', ...base, ...one.kept })
      else tell({ kind: 'object-failed', ...base, stopped: one.end === 'stopped' })
      const kept = one.end === 'ok' ? one.kept : undefined
      return { path: one.path, began: beganMaking, durationMs: one.durationMs, status: one.end, ...kept, stages: one.stages.map(recorded) }
    })
    for (const { storage, set, bytes } of it.sets) {
      const what = { task: it.task, step: 's', storage, set }
      const at = tell(bytes === undefined ? { kind: 'set-expired', ...what } : { kind: 'set-published', ...what, bytes })
      sets.push({ step: number, storage, set, fate: bytes === undefined ? 'expired' : 'published', at, ...(bytes !== undefined && { bytes }) })
    }
    steps.push({ number, task: it.task, index: it.index, text: it.text, began, stages: [], objects: byBegan(objects) })
    open.push({ number, told: it })
    const isLast = place === told.length - 1
    if (!(isLast ? failure !== undefined : it.holdsNext)) close()
  }
  if (failure === undefined) while (open.length > 0) close()
  for (const note of notes) tell({ kind: 'note', task, text: note })
  const times = { began: new Date(BEGAN_MS), ended: new Date(BEGAN_MS) }
  const ended = tell({ kind: 'run-ended', result: { runId: 'r', task, status: failure ? 'failed' : 'ok', notes, ...times, ...(failure && { error: failure }) } })
  for (const [depth, { number }] of open.entries()) {
    const failed = steps[number - 1] as RecordedStep
    const isInnermost = depth === open.length - 1
    const isBlamed = failed.objects.some(({ status }) => status === 'failed')
    steps[number - 1] = {
      ...failed,
      durationMs: ended.getTime() - failed.began.getTime(),
      status: 'failed',
      stages: isInnermost && !isBlamed ? (failure?.stages ?? []).map(recorded) : [],
    }
  }
  const { config, dialect, tool, startedBy, owner } = ORIGIN
  const origin = { config, dialect, tool, startedBy, host: owner.host, pid: owner.pid }
  const error = failure && { code: failure.code, message: failure.message, hint: failure.hint ?? '', stderr: failure.stderr }
  const end = { state: failure ? ('failed' as const) : ('ok' as const), exitCode: failure ? 1 : 0, notes, ...(error && { error }) }
  return { events, record: { task, ...origin, ...end, steps, sets } }
}

function recorded({ program, execId, exitCode, signal, durationMs: ms, stderrTail }: StageFacts): RecordedStage {
  const how = { ...(execId !== undefined && { execId }), ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }) }
  return { program, ...how, durationMs: ms, stderr: stderrTail }
}

function byBegan(objects: readonly RecordedObject[]): readonly RecordedObject[] {
  return objects.toSorted((a, b) => a.began.getTime() - b.began.getTime())
}
