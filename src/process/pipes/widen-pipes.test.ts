import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { until } from '../../../test/support/time-limits.ts'
import { openProcesses } from '../open-processes.ts'
import { DEFAULT_LIMITS } from '../processes.ts'

/** The size of the pipe that is the stdin of a process (F_GETPIPE_SZ of fcntl(2)). */
function sizeOfStdin(pid: number): number {
  return Number(execFileSync('perl', ['-e', `open(F, "<", "/proc/${pid}/fd/0") or die; print fcntl(F, 1032, 0)`], { encoding: 'utf8' }))
}

it('the pipe between two stages that run for a while is enlarged', async (t) => {
  const processes = openProcesses({ runId: `test-${process.pid}` })
  t.after(() => processes.close())
  const stopping = new AbortController()
  const pids: number[] = []
  const onProcesses = (records: readonly object[]) => pids.push(...records.map((record) => (record as { readonly pid: number }).pid))
  const fd = openSync('/dev/null', 'w')
  const stages = [command(['sleep', '3600']), command(['cat'])]
  const sink = { kind: 'file', fd, mayBeDirect: true } as const
  const { done } = await processes.startPipeline(stages, sink, { signal: stopping.signal, limits: DEFAULT_LIMITS, onProcesses })
  const [, reader = 0] = pids
  await until(() => sizeOfStdin(reader) === 256 * 1024)
  stopping.abort()
  await assert.rejects(done)
  closeSync(fd)
})
