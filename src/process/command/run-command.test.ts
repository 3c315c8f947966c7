import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import { until } from '../../../test/support/time-limits.ts'
import { readProcessTable } from '../identity/process-table.ts'
import { openProcesses } from '../open-processes.ts'
import { ProcessError } from '../process-result.ts'
import { DEFAULT_LIMITS, type Processes, type StepCall } from '../processes.ts'

let folder: string
let processes: Processes

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'))
  processes = openProcesses({ runId: `test-${process.pid}` })
})

after(async () => {
  await processes.close()
  rmSync(folder, { recursive: true })
})

function call(options: Partial<StepCall> = {}): StepCall {
  return { signal: new AbortController().signal, limits: { ...DEFAULT_LIMITS, graceMs: 300 }, stdout: 'nowhere', ...options }
}

function pidsOf(word: string): readonly number[] {
  return readProcessTable()
    .filter((stat) => {
      try {
        return readFileSync(`/proc/${stat.pid}/cmdline`, 'latin1').split('\0').includes(word)
      } catch {
        return false
      }
    })
    .map((stat) => stat.pid)
}

describe("a step's command", () => {
  it('returns how it ended', async () => {
    const facts = await processes.runCommand(shell('exit 3', { min: 3, max: 3 }), call())
    assert.equal(facts.exitCode, 3)
    assert.deepEqual(facts.notes, [])
  })

  it('fails with its last output, and shows its stderr only on request', async () => {
    let shown = ''
    const onStderr = (text: string) => {
      shown += text
    }
    await assert.rejects(processes.runCommand(shell('echo why >&2; exit 1'), call({ onStderr })), (error) => {
      assert.ok(error instanceof ProcessError)
      assert.equal(error.stderrTail, 'why\n')
      return true
    })
    assert.equal(shown, 'why\n')
  })

  for (const [name, script] of Object.entries({
    'without any tie': 'setsid sleep 7750001 >/dev/null 2>&1 </dev/null &',
    'that still holds our stderr': 'setsid sleep 7750001 &',
  })) {
    it(`leaves a daemon alone after a success: ${name}`, async () => {
      const facts = await processes.runCommand(shell(script), call())
      // It may not have become what it is to be.
      await until(() => pidsOf('7750001').length === 1)
      const pids = pidsOf('7750001')
      assert.match(facts.notes.join(), /left 1 process\(es\) running/u)
      for (const pid of pids) process.kill(pid, 'SIGKILL')
    })
  }

  it('does not break a daemon that continues to write to stderr', async () => {
    const mark = join(folder, 'said')
    await processes.runCommand(shell(`(sleep 0.3; echo still here >&2; echo $? >${mark}) &`), call())
    await until(() => existsSync(mark) && readFileSync(mark, 'utf8') === '0\n')
  })

  it('is ended with all its children after a failure, a limit or a stop', async () => {
    const script = '(setsid sleep 7750002 >/dev/null 2>&1 &); '
    await assert.rejects(processes.runCommand(shell(`${script} exit 1`), call()), { code: 'process/failed' })
    await assert.rejects(processes.runCommand(shell(`${script} sleep 7750002`), call({ limits: { ...DEFAULT_LIMITS, graceMs: 300, runMs: 200 } })), {
      code: 'process/too-long',
    })
    const stop = new AbortController()
    const running = processes.runCommand(shell(`${script} sleep 7750002`), call({ signal: stop.signal }))
    setTimeout(() => {
      stop.abort()
    }, 100)
    await assert.rejects(running, { code: 'process/aborted' })
    assert.deepEqual(pidsOf('7750002'), [])
  })

  it('has the configured signals blocked', async () => {
    const own = openProcesses({ runId: `test-${process.pid}` })
    own.setBlockedSignals(['SIGTERM', 'SIGINT'])
    const { output, done } = await own.startPipeline([command(['grep', 'SigBlk', '/proc/self/status'])], { kind: 'stream' }, call())
    const chunks = await output?.toArray()
    await done
    await own.close()
    assert.equal(Buffer.concat(chunks ?? []).toString(), 'SigBlk:\t0000000000004002\n')
  })

  it("is looked up in its own search path, never in Holdfast's", async () => {
    await processes.runCommand(command(['true']), call())
    await assert.rejects(processes.runCommand(command(['true'], { searchPath: [folder] }), call()), { code: 'process/not-started' })
    await assert.rejects(processes.runCommand(command(['/etc/passwd']), call()), /not executable/u)
  })
})
