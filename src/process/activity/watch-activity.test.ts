import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import type { Command } from '../../plan/command.ts'
import { processStart } from '../identity/host-id.ts'
import { openProcesses } from '../open-processes.ts'
import { DEFAULT_LIMITS, type Processes } from '../processes.ts'
import type { PipelineActivity } from '../stage-activity.ts'
import { readCounters } from './read-counters.ts'

// Endless: the test ends it.
const SOURCE = command(['cat', '/dev/zero'])
const SLOW = 'while head -c 65536; do sleep 0.2; done'

let folder: string
let processes: Processes

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'activity-'))
  processes = openProcesses({ runId: `test-${process.pid}` })
})

after(async () => {
  await processes.close()
  rmSync(folder, { recursive: true })
})

/** What the stages do as soon as it is `wanted`. */
async function activityOf(
  commands: readonly Command[],
  wanted: (activity: PipelineActivity) => boolean,
  input?: Readable,
): Promise<PipelineActivity> {
  const fd = openSync(join(folder, 'out'), 'w')
  const stop = new AbortController()
  const { promise, resolve } = Promise.withResolvers<PipelineActivity>()
  const onActivity = (activity: PipelineActivity) => wanted(activity) && resolve(activity)
  try {
    const call = { signal: stop.signal, limits: { ...DEFAULT_LIMITS, graceMs: 300 }, onActivity, ...(input && { input }) }
    const { done } = await processes.startPipeline(commands, { kind: 'file', fd }, call)
    try {
      return await Promise.race([promise, done.then(() => assert.fail('the pipeline ended'))])
    } finally {
      stop.abort()
      await done.catch(() => undefined)
    }
  } finally {
    closeSync(fd)
  }
}

describe('readCounters', () => {
  it('does not examine another process with the PID of a stage', () => {
    const start = processStart(process.pid) ?? 0
    assert.ok(readCounters({ pid: process.pid, start }))
    assert.equal(readCounters({ pid: process.pid, start: start - 1 }), undefined)
  })
})

describe('watchActivity', () => {
  for (const [how, slow] of [
    ['a shell that starts programs', shell(SLOW)],
    ['a pipeline inside a stage', shell(`cat | (${SLOW}) | cat`)],
    ['a wrapper that waits', command(['timeout', '1h', 'sh', '-c', SLOW])],
  ] as const)
    it(`finds the slow stage, with what it has passed on: ${how}`, async () => {
      const isFound = ({ stages: [before, it, behind], slowest }: PipelineActivity) =>
        slowest === 1 && (it?.writtenBytes ?? 0) > 100_000 && (before?.blocked ?? 0) > 0 && (behind?.starved ?? 0) > 0
      const { stages } = await activityOf([SOURCE, slow, command(['cat'])], isFound)
      const [source, middle, last] = stages
      assert.deepEqual([stages.length, source?.program, last?.program], [3, 'cat', 'cat'])
      assert.equal(source?.writtenBytes, middle?.readBytes)
      assert.equal(middle?.writtenBytes, last?.readBytes)
    })

  it('finds a stage that needs all of its core', async () => {
    const isBusy = ({ stages, slowest }: PipelineActivity) => slowest === 1 && (stages[1]?.cores ?? 0) > 0
    const { stages } = await activityOf([SOURCE, shell('exec gzip -9 </dev/urandom'), command(['cat'])], isBusy)
    assert.deepEqual([stages[1]?.starved, stages[1]?.program], [0, 'sh'])
  })

  it('finds the storage if nothing takes the data', async () => {
    const stop = new AbortController()
    const { promise, resolve } = Promise.withResolvers<PipelineActivity>()
    const onActivity = (activity: PipelineActivity) => activity.slowest === 2 && resolve(activity)
    const call = { signal: stop.signal, limits: { ...DEFAULT_LIMITS, graceMs: 300 }, onActivity }
    const { output, done } = await processes.startPipeline([SOURCE, command(['cat'])], { kind: 'stream', aheadBytes: 1000 }, call)
    output.on('error', () => undefined)
    const { stages } = await promise
    stop.abort()
    await assert.rejects(done)
    assert.ok((stages[1]?.blocked ?? 0) > 0, JSON.stringify(stages))
  })

  it('finds none if all of them wait for the input', async () => {
    const isFound = ({ stages: [first, second] }: PipelineActivity) => (first?.starved ?? 0) > 0.9 && (second?.starved ?? 0) > 0.9
    const { stages, slowest } = await activityOf([command(['cat']), command(['cat'])], isFound, new PassThrough())
    assert.deepEqual([stages.length, slowest], [2, undefined])
  })

  it('reports how a stage has ended while the others have not', async () => {
    const last = shell('cat >/dev/null; sleep 60')
    const { stages } = await activityOf([shell('echo x; exit 0'), last], (it) => it.stages[0]?.exitCode !== undefined)
    assert.deepEqual([stages[0]?.exitCode, stages[1]?.exitCode], [0, undefined])
  })
})
