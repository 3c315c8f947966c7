import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { command, shell } from '../../test/support/commands.ts'
import { openProcesses } from './open-processes.ts'
import { ProcessError } from './process-result.ts'
import { DEFAULT_LIMITS } from './processes.ts'

const call = () => ({ signal: new AbortController().signal, limits: { ...DEFAULT_LIMITS, graceMs: 300 }, stdout: 'nowhere' as const })
const word = `one-${process.pid}`

describe('openProcesses', () => {
  it('refuses a second run until the first is closed, and lets the same run in', async () => {
    const first = openProcesses({ runId: `${word}-a` })
    const same = openProcesses({ runId: `${word}-a` })
    assert.throws(() => openProcesses({ runId: `${word}-b` }), {
      code: 'process/internal',
      message: new RegExp(`"${word}-b": those of the run "${word}-a"`, 'u'),
    })
    await first.close()
    await first.close()
    assert.throws(() => openProcesses({ runId: `${word}-b` }), { code: 'process/internal' })
    await same.runCommand(command(['/bin/true']), call())
    await same.close()
    await openProcesses({ runId: `${word}-b` }).close()
  })

  it('has a record only while it is open', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'records-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const processes = openProcesses({ runId: `${word}-c`, recordFolder: join(folder, 'processes') })
    assert.deepEqual(await processes.begin(), [])
    assert.deepEqual(readdirSync(join(folder, 'processes')), [`${word}-c.jsonl`])
    await processes.close()
    assert.deepEqual(readdirSync(join(folder, 'processes')), [])
  })

  it('reads the complete output of an ended program, even if a child process holds the pipe', async () => {
    const processes = openProcesses({ runId: `${word}-d` })
    const said: string[] = []
    const talk = 'sleep 5 & seq 1 10000 >&2; echo last words >&2; exit 3'
    await assert.rejects(processes.runCommand(shell(talk), { ...call(), onStderr: (text) => said.push(text) }), (error) => {
      assert.ok(error instanceof ProcessError)
      assert.match(error.stderrTail, /10000\nlast words\n$/u)
      return true
    })
    assert.equal(said.join('').split('\n').length, 10_002)
    await processes.close()
  })

  it('stops a command whose signal was aborted while it was started', async () => {
    const processes = openProcesses({ runId: `${word}-e` })
    const stop = new AbortController()
    const running = processes.runCommand(command(['/bin/sleep', '600']), { ...call(), signal: stop.signal })
    queueMicrotask(() => stop.abort())
    await assert.rejects(running, { code: 'process/aborted' })
    await processes.close()
  })
})
