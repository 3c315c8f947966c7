import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { readProcessTable } from '../identity/process-table.ts'
import { openProcesses } from '../open-processes.ts'
import { DEFAULT_LIMITS, type PipelineCall, type Processes } from '../processes.ts'

interface Recorded {
  readonly pid: number
  readonly program: string
}

let folder: string
let processes: Processes

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'together-'))
  processes = openProcesses({ runId: `test-${process.pid}` })
})

after(async () => {
  await processes.close()
  rmSync(folder, { recursive: true })
})

/** Each call with records goes to `calls`. */
function recordingTo(calls: Recorded[][]): PipelineCall {
  const limits = { ...DEFAULT_LIMITS, graceMs: 300 }
  return { signal: new AbortController().signal, limits, onProcesses: (records) => calls.push([...records] as Recorded[]) }
}

describe('the start of a pipeline', () => {
  it('records all of its processes together', async () => {
    const calls: Recorded[][] = []
    const { done } = await processes.startPipeline([command(['/bin/echo', 'a']), command(['cat'])], { kind: 'discard' }, recordingTo(calls))
    await done
    assert.deepEqual(
      calls.map((records) => records.map(({ program }) => program)),
      [['echo', 'cat', 'cat']],
    )
  })

  it('ends the stages before one that the system refuses to start, and starts none after it', async () => {
    const refused = join(folder, 'refused')
    writeFileSync(refused, '#!/no/such/interpreter\n', { mode: 0o755 })
    const calls: Recorded[][] = []
    const stages = [command(['sleep', '3600']), command(['cat']), command([refused]), command(['cat'])]
    await assert.rejects(processes.startPipeline(stages, { kind: 'discard' }, recordingTo(calls)), { code: 'process/not-started' })
    const pids = calls.flat().map(({ pid }) => pid)
    assert.equal(pids.length, 2)
    const living = readProcessTable().filter(({ pid, state }) => pids.includes(pid) && state !== 'Z')
    assert.deepEqual(living, [])
  })
})
