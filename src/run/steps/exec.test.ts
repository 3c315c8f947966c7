import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runSteps } from '../../../test/support/run-steps.ts'
import { openRedactor } from '../../lib/redactor/redactor.ts'
import type { Command } from '../../plan/command.ts'
import { openProcesses } from '../../process/open-processes.ts'

it('hides the secrets of the run in the stdout of a command without secrets that is shown among other output', async () => {
  const processes = openProcesses({ runId: `exec-${process.pid}`, redactor: openRedactor(['hunter2-of-an-earlier-step']) })
  const command: Command = {
    argv: ['/bin/sh', '-c', 'echo "read: hunter2-of-an-earlier-step"'],
    environment: { kind: 'exactly', values: {} },
    searchPath: [],
    accept: { min: 0, max: 0 },
    showStdout: 'always',
    showStderr: 'always',
  }
  let shown = ''
  try {
    const { result } = await runSteps([{ kind: 'exec', command }], processes, { showStdout: (text) => (shown += text) })
    assert.equal(result.status, 'ok')
    assert.equal(shown, 'read: …\n')
  } finally {
    await processes.close()
  }
})
