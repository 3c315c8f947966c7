import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { openProcesses } from '../open-processes.ts'
import { DEFAULT_LIMITS } from '../processes.ts'
import { ownCgroup } from '../tree/own-cgroup.ts'

const home = ownCgroup()

it('leaves no descriptor open if the kernel refuses the move into the cgroup', { skip: home === undefined && 'no writable cgroup' }, async (t) => {
  const runId = `refused-${process.pid}`
  const processes = openProcesses({ runId })
  t.after(() => processes.close())
  const call = { signal: new AbortController().signal, limits: DEFAULT_LIMITS, stdout: 'nowhere' } as const
  await processes.runCommand(command(['true']), call)
  const base = readdirSync(home ?? '').find((name) => name.startsWith(`holdfast-${runId}@`)) ?? ''
  // From now on, the groups in it take no processes (EOPNOTSUPP).
  writeFileSync(join(home ?? '', base, 'cgroup.type'), 'threaded')
  const one = command(['true'], {
    extras: [
      { kind: 'secret-file', parts: ['x'] },
      { kind: 'tap', collect: 'lines' },
    ],
  })
  const refusal = { code: 'process/not-started', message: /^could not enter the cgroup ".*": ENOTSUP$/u }
  const before = readdirSync('/proc/self/fd').length
  await assert.rejects(processes.runCommand(one, call), refusal)
  await assert.rejects(processes.startPipeline([one, one], { kind: 'discard' }, call), refusal)
  // Others may have been closed meanwhile.
  const after = readdirSync('/proc/self/fd').length
  assert.ok(after <= before, `${before} descriptors before, ${after} after`)
})
