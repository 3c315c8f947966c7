import assert from 'node:assert/strict'
import type { Step, Task } from '../../src/plan/plan.ts'
import { DEFAULT_LIMITS, type Processes } from '../../src/process/processes.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { RunDeps } from '../../src/run/run-context.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import { runTask } from '../../src/run/run-task.ts'
import { stderrTailOf } from './stderr-tail.ts'

export interface StepsRun {
  readonly result: RunResult
  readonly events: readonly RunEvent[]
  /** Why it failed, with what the failing program said; empty when it did not. */
  readonly failure: string
  /** What the steps told, details too, a line each. */
  readonly told: readonly string[]
}

/** Runs steps as one task, without a configuration, at one instant of local time. */
export async function runSteps(steps: readonly Step[], processes: Processes, changes: Partial<RunDeps> = {}): Promise<StepsRun> {
  const task: Task = { name: 'main', steps }
  const events: RunEvent[] = []
  const stop = new AbortController().signal
  const limits = { ...DEFAULT_LIMITS, graceMs: 300, lingerMs: 300 }
  const deps: RunDeps = {
    plan: {
      dialect: 'native',
      file: 'f',
      files: [],
      tasks: new Map([['main', task]]),
      defaultTask: 'main',
      verbosity: 3,
      commands: new Map(),
      modules: [],
      workers: 1,
    },
    runId: 'r',
    host: 'h',
    processes,
    signals: { stop, stoppedBy: () => undefined, change: () => assert.fail() } as unknown as RunDeps['signals'],
    clock: () => new Date('2026-03-05T06:07:08'),
    limits: { pipelines: limits, steps: limits },
    verbose: false,
    stdout: 'stderr',
    lock: async () => ({ kind: 'held', release: async () => undefined }),
    openSets: () => assert.fail('no backup here'),
    emit: (event) => events.push(event),
    call: { signal: stop },
    ...changes,
  }
  const result = await runTask(task, deps)
  const error = 'error' in result ? result.error : undefined
  const failure = error === undefined ? '' : `${error.message}\n${stderrTailOf(error)}`
  return { result, events, failure, told: events.flatMap((it) => (it.kind === 'step-told' ? it.text.split('\n') : [])) }
}
