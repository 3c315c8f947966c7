import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { after, afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, SignalName } from '../plan/command.ts'
import type { ExecStep, Plan, Step } from '../plan/plan.ts'
import { openProcesses } from '../process/open-processes.ts'
import { DEFAULT_LIMITS, type Processes } from '../process/processes.ts'
import type { RunEvent } from './events.ts'
import type { RunDeps } from './run-context.ts'
import { RunError } from './run-error.ts'
import { runTask } from './run-task.ts'
import type { Signals } from './signals.ts'

const limits = { ...DEFAULT_LIMITS, graceMs: 2000 }

describe('runTask', () => {
  let folder: string
  let processes: Processes
  let events: RunEvent[] = []
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-task-'))
    processes = openProcesses({ runId: 'test' })
  })
  afterEach(() => {
    events = []
  })
  after(async () => {
    await processes.close()
    await rm(folder, { recursive: true })
  })

  const sh = (script: string): ExecStep => ({ kind: 'exec', command: shell(script) })

  async function run(tasks: Readonly<Record<string, readonly Step[]>>, changes: Partial<RunDeps> = {}) {
    const plan = planOf(tasks)
    const signals = changes.signals ?? idleSignals()
    const deps: RunDeps = {
      plan,
      runId: 'r1',
      host: 'h',
      processes,
      signals,
      clock: () => new Date(1_000_000),
      limits: { pipelines: limits, steps: limits },
      verbose: false,
      stdout: 'stderr',
      lock: async () => ({ kind: 'held', release: async () => undefined }),
      openSets: () => assert.fail('no backup here'),
      emit: (event) => events.push(event),
      call: { signal: signals.stop },
      ...changes,
    }
    return runTask(plan.tasks.get('main') ?? assert.fail(), deps)
  }

  it('runs all steps, including tasks inside, and emits an event for each', async () => {
    const log = join(folder, 'order')
    const result = await run({
      main: [sh(`echo 1 >>${log}`), { kind: 'task', task: 'sub' }, sh(`echo 4 >>${log}`)],
      sub: [sh(`echo 2 >>${log}`), sh(`echo 3 >>${log}`)],
    })
    assert.equal(await readFile(log, 'utf8'), '1\n2\n3\n4\n')
    assert.equal(result.status, 'ok')
    assert.deepEqual(
      events.map((event) => (event.kind === 'step-began' ? `${event.task} ${event.index + 1}/${event.steps}` : event.kind)),
      [
        'run-began',
        'main 1/3',
        'step-ended',
        'main 2/3',
        'sub 1/2',
        'step-ended',
        'sub 2/2',
        'step-ended',
        'step-ended',
        'main 3/3',
        'step-ended',
        'run-ended',
      ],
    )
  })

  it('notes what was noticed before its first step', async () => {
    const sweep = async () => ['could not remove the remains of a killed restore']
    const result = await run({ main: [sh('true')] }, { notes: ['could not load a module'], sweep })
    assert.deepEqual([result.status, result.notes], ['warnings', ['could not load a module', ...(await sweep())]])
    assert.ok(events.some((event) => event.kind === 'note' && event.text === 'could not load a module'))
  })

  it('ends at the first failure, with the innermost step', async () => {
    const log = join(folder, 'never')
    const result = await run({ main: [sh('true'), { kind: 'task', task: 'sub' }, sh(`touch ${log}`)], sub: [sh('true'), sh('echo why >&2; exit 3')] })
    assert.equal(result.status, 'failed')
    assert.equal(result.error?.code, 'process/failed')
    assert.deepEqual({ ...result.failedAt, text: '' }, { task: 'sub', index: 1, steps: 2, text: '' })
    await assert.rejects(readFile(log), { code: 'ENOENT' })
    const ended = events.at(-1)
    assert.deepEqual(ended, { kind: 'run-ended', result })
  })

  it('continues after a failure if the step permits it, ends with the first one, and notes the others', async () => {
    const failing = (code: number): ExecStep => ({ ...sh(`exit ${code}`), onFailure: 'continue' })
    const result = await run({ main: [failing(3), failing(4), sh('exit 5'), sh('exit 6')] })
    assert.equal(result.failedAt?.index, 0)
    const [first, second, third, ...more] = result.notes
    assert.match(first ?? '', /^step 1 failed, continuing with the next step: .*exit code 3/u)
    assert.match(second ?? '', /^step 2 failed, continuing .*4/u)
    assert.match(third ?? '', /^step 3 also failed: .*5/u)
    assert.deepEqual(more, [])
  })

  it('ends as locked if any task in the run is already running', async () => {
    const lock: RunDeps['lock'] = async (task) =>
      task === 'sub' ? { kind: 'busy', holder: 'process 7' } : { kind: 'held', release: async () => undefined }
    const result = await run({ main: [{ kind: 'task', task: 'sub' }], sub: [sh('true')] }, { lock })
    assert.equal(result.status, 'locked')
    assert.match(result.error?.message ?? '', /"sub" is already running \(process 7\)/u)
  })

  it('gives every lock back, after a failure too', async () => {
    const held = new Set<string>()
    const lock: RunDeps['lock'] = async (task) => {
      assert.equal(held.has(task), false)
      held.add(task)
      return { kind: 'held', release: async () => void held.delete(task) }
    }
    await run({ main: [{ kind: 'task', task: 'sub' }, { kind: 'task', task: 'sub' }, sh('false')], sub: [sh('true')] }, { lock })
    assert.deepEqual([...held], [])
  })

  it('continues without a lock, with a note', async () => {
    const result = await run({ main: [sh('true')] }, { lock: async () => ({ kind: 'absent', why: 'read-only' }) })
    assert.equal(result.status, 'warnings')
    assert.deepEqual(result.notes, ['could not lock the task, so a second run of it is not prevented: read-only'])
    assert.ok(events.some((event) => event.kind === 'note' && event.task === 'main'))
  })

  it('ends the running step when it is stopped, starts no others, and emits the signal', async () => {
    const log = join(folder, 'stopped')
    const signals = idleSignals()
    const emit = (event: RunEvent) => {
      events.push(event)
      if (event.kind === 'step-began') setImmediate(() => signals.fire('SIGTERM'))
    }
    const result = await run({ main: [sh('sleep 60'), sh(`touch ${log}`)] }, { signals, emit })
    assert.equal(result.status, 'interrupted')
    assert.equal(result.signal, 'SIGTERM')
    assert.equal(result.error?.code, 'run/interrupted')
    await assert.rejects(readFile(log), { code: 'ENOENT' })
  })

  it('keeps a failure that was there before the signal', async () => {
    const signals = idleSignals()
    const lock: RunDeps['lock'] = async () => ({ kind: 'held', release: async () => signals.fire('SIGINT') })
    const result = await run({ main: [sh('exit 3')] }, { signals, lock })
    assert.equal(result.status, 'interrupted')
    assert.equal(result.error?.code, 'process/failed')
  })

  it('reports a bug that shows during a stop, and not the signal alone', async () => {
    const stopIn = async (work: (signals: ReturnType<typeof idleSignals>) => Promise<never>) => {
      const signals = idleSignals()
      const { status, signal, error } = await run({ main: [sh('true')] }, { signals, lock: () => work(signals) })
      assert.deepEqual([status, signal], ['interrupted', 'SIGTERM'])
      return `${error?.code} ${error?.message}`
    }
    const bug = async (signals: ReturnType<typeof idleSignals>) => {
      signals.fire('SIGTERM')
      throw new TypeError('oops')
    }
    const stopped = async (signals: ReturnType<typeof idleSignals>) => {
      const pause = sleep(600_000, undefined, { signal: signals.stop })
      signals.fire('SIGTERM')
      return (await pause) as never
    }
    const cutOff = async (signals: ReturnType<typeof idleSignals>) => {
      const body = new Readable({ read: () => undefined })
      const taken = finished(body)
      signals.fire('SIGTERM')
      body.destroy()
      return (await taken) as never
    }
    assert.equal(await stopIn(bug), 'run/internal oops')
    assert.equal(await stopIn(stopped), 'run/interrupted stopped by SIGTERM')
    assert.equal(await stopIn(cutOff), 'run/interrupted stopped by SIGTERM')
    assert.equal(
      await stopIn(async (signals) => {
        signals.fire('SIGTERM')
        throw new DOMException('gone', 'AbortError')
      }),
      'run/interrupted stopped by SIGTERM',
    )
  })

  it('is finished if the signal arrives after the last step', async () => {
    const signals = idleSignals()
    const lock: RunDeps['lock'] = async () => ({ kind: 'held', release: async () => signals.fire('SIGINT') })
    assert.equal((await run({ main: [sh('true')] }, { signals, lock })).status, 'ok')
  })

  it('reports an unexpected error as an internal one', async () => {
    const result = await run({ main: [sh('true')] }, { lock: () => Promise.reject(new TypeError('oops')) })
    assert.equal(result.status, 'failed')
    assert.equal(result.error?.code, 'run/internal')
  })

  it('holds signals back for itself and for the children', async () => {
    const signals = idleSignals()
    const block: Step = { kind: 'signals', changes: [{ action: 'block', signals: ['SIGTERM', 'SIGINT'] }] }
    const unblock: Step = { kind: 'signals', changes: [{ action: 'unblock', signals: ['SIGTERM'] }] }
    // Not by way of a shell: dash clears its mask when it starts.
    const files = ['a', 'b', 'c'].map((name) => join(folder, name))
    const [first, second, third] = files.map(
      (file): ExecStep => ({ kind: 'exec', command: { ...shell(''), argv: ['/bin/cp', '/proc/self/status', file] } }),
    )
    await run({ main: [first!, { kind: 'task', task: 'mask' }, second!, unblock, third!], mask: [block] }, { signals })
    processes.setBlockedSignals([])
    assert.deepEqual(signals.blocked(), ['SIGINT'])
    const masks = files.map((file) => /SigBlk:\s+(?<mask>\S+)/u.exec(readFileSync(file, 'utf8'))?.groups?.['mask'])
    assert.deepEqual(masks, ['0000000000000000', '0000000000004002', '0000000000000002'])
  })

  it('emits the stderr of commands, with its visibility', async () => {
    const step = (showStderr: 'always' | 'verbose' | 'never'): Step => ({ kind: 'exec', command: { ...shell(`echo ${showStderr} >&2`), showStderr } })
    await run({ main: [step('always'), step('verbose'), step('never')] })
    assert.deepEqual(
      events.flatMap((event) => (event.kind === 'stderr' ? [[event.show, event.text]] : [])),
      [
        ['always', 'always\n'],
        ['verbose', 'verbose\n'],
      ],
    )
  })
})

function shell(script: string): Command {
  return {
    argv: ['/bin/sh', '-c', script],
    environment: { kind: 'exactly', values: {} },
    searchPath: ['/bin'],
    accept: { min: 0, max: 0 },
    showStdout: 'never',
    showStderr: 'never',
  }
}

function planOf(tasks: Readonly<Record<string, readonly Step[]>>): Plan {
  return {
    dialect: 'palhm',
    file: '/x',
    files: ['/x'],
    tasks: new Map(Object.entries(tasks).map(([name, steps]) => [name, { name, steps }])),
    defaultTask: 'main',
    verbosity: 3,
    commands: new Map(),
    modules: [],
    workers: 1,
  }
}

/** Signals that come only when the test fires them. */
function idleSignals(): Signals & { fire(signal: SignalName): void } {
  const stop = new AbortController()
  const held = new Set<SignalName>()
  let by: SignalName | undefined
  return {
    stop: stop.signal,
    stoppedBy: () => by,
    blocked: () => [...held],
    block: (signals) => {
      for (const signal of signals) held.add(signal)
    },
    unblock: (signals) => {
      for (const signal of signals) held.delete(signal)
    },
    fire(signal) {
      by = signal
      stop.abort(new RunError('interrupted', `stopped by ${signal}`))
    },
  }
}
