import type { Observer } from '../../src/journal/decide-run-state.ts'
import type { RunOrigin, StageFacts } from '../../src/journal/run-origin.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { RunResult } from '../../src/run/run-result.ts'

/** A host where every process lives whose id is even, seen from the pid namespace 1. */
export const HERE: Observer = {
  host: 'here',
  boot: 'this-boot',
  livenessOf({ pid, start, pidNamespace = '1' }) {
    if (pidNamespace !== '1') return 'unknown'
    return pid % 2 === 0 && start === pid * 10 ? 'alive' : 'dead'
  },
}

export class TestError extends AppError {
  readonly code = 'test/failed'
  readonly stderr: string
  readonly stages: readonly StageFacts[]

  constructor(message: string, options: { readonly hint: string; readonly stderr: string; readonly stages: readonly StageFacts[] }) {
    super(message, options)
    this.stderr = options.stderr
    this.stages = options.stages
  }
}

/** A run of a process that lives. */
export const ORIGIN: RunOrigin = {
  config: '/etc/plan',
  dialect: 'native',
  tool: 'holdfast 1',
  startedBy: 'terminal',
  user: 'ada',
  owner: { host: HERE.host, boot: HERE.boot, pid: 42, start: 420 },
  linesOf: (event) => (event.kind === 'note' ? [{ level: 3, text: `note: ${event.text}\n` }] : []),
  exitOf: ({ status }) => ({ code: status === 'ok' ? 0 : 1 }),
  causeOf: (error) => (error instanceof TestError ? error : { hint: undefined, stderr: undefined, stages: [] }),
}

export const BEGAN_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

/** A clock that goes on by a second with each look. */
export function tickingClock(beganMs = BEGAN_MS): () => Date {
  let nowMs = beganMs - 1000
  return () => {
    nowMs += 1000
    return new Date(nowMs)
  }
}

/** The events of a run of one step that went well. */
export function plainRun(runId: string, task = 'nightly'): readonly RunEvent[] {
  const result: RunResult = { runId, task, status: 'ok', began: new Date(BEGAN_MS), ended: new Date(BEGAN_MS), notes: [] }
  return [
    { kind: 'run-began', runId, task, steps: ['/bin/true'] },
    { kind: 'step-began', task, index: 0, steps: 1, text: '/bin/true' },
    { kind: 'step-ended', task, index: 0, durationMs: 5, stages: [{ program: 'true', pid: 7, exitCode: 0, durationMs: 4, stderrTail: '' }] },
    { kind: 'run-ended', result },
  ]
}
