import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readProcessTable } from '../identity/process-table.ts'
import { endOrphans } from './end-orphans.ts'

const HOLDER = new URL('../../../test/programs/hold-pipeline.ts', import.meta.url).pathname

function pidsOf(word: string): readonly number[] {
  const mentions = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(word)
    } catch {
      return false
    }
  }
  return readProcessTable()
    .map((stat) => stat.pid)
    .filter(mentions)
}

describe('endOrphans', () => {
  for (const [name, script] of Object.entries({
    'a stage': 'exec sleep 7740001',
    'what left its session': 'setsid sleep 7740001 & sleep 7740001',
    'what left everything': '(env -i setsid sleep 7740001 </dev/null >/dev/null 2>&1 &); sleep 7740001',
  })) {
    it(`ends ${name} after the run was killed`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'orphans-'))
      const runId = `test-${process.pid}-${Math.random().toString(36).slice(2)}`
      const holder = spawn(process.execPath, [HOLDER, runId, join(folder, 'records'), script], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(holder.stdout, 'data')
      while (pidsOf('7740001').length === 0) await sleep(10)
      holder.kill('SIGKILL')
      await once(holder, 'exit')
      assert.notEqual(pidsOf('7740001').length, 0)
      const records = readFileSync(join(folder, 'records'), 'utf8')
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
      assert.ok((await endOrphans(runId, ['garbage', { pid: 1, start: 0 }, ...records])) > 0)
      assert.deepEqual(pidsOf('7740001'), [])
      rmSync(folder, { recursive: true })
    })
  }

  it('leaves strangers alone whose pid was given away since, or that were recorded in another boot', async () => {
    const stranger = spawn('/bin/sleep', ['7740002'])
    await once(stranger, 'spawn')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    const pid = stranger.pid ?? 0
    assert.equal(
      await endOrphans(`test-${process.pid}-none`, [
        { boot, pid, start: 12345, program: 'sleep' },
        { boot: 'other', pid, start: 1, program: 'sleep' },
      ]),
      0,
    )
    assert.deepEqual(pidsOf('7740002'), [pid])
    stranger.kill('SIGKILL')
  })
})
