import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { requires } from '../../../test/support/requires.ts'
import { until } from '../../../test/support/time-limits.ts'
import type { Command } from '../../plan/command.ts'
import type { SecretRef } from '../../plan/secret.ts'
import { openProcesses, type ProcessSettings } from '../open-processes.ts'
import type { StageFacts } from '../process-result.ts'
import { DEFAULT_LIMITS, type Processes } from '../processes.ts'

const SECRETS: Readonly<Record<string, string>> = { PASSWORD: 'CANARY', ODD: String.raw`a:b\c` }
const runId = `test-${process.pid}-extras`
const secret: SecretRef = { kind: 'env', name: 'PASSWORD' }

let processes: Processes

const settings: ProcessSettings = {
  runId,
  resolveSecret: (ref) =>
    ref.kind === 'env' && SECRETS[ref.name] !== undefined ? Promise.resolve(SECRETS[ref.name] ?? '') : Promise.reject(new Error('no such secret')),
}

before(() => {
  processes = openProcesses(settings)
})

after(() => processes.close())

async function outputOf(commands: readonly Command[]): Promise<{ text: string; stages: readonly StageFacts[] }> {
  const call = { signal: new AbortController().signal, limits: DEFAULT_LIMITS }
  const { output, done } = await processes.startPipeline(commands, { kind: 'stream' }, call)
  const chunks = await output?.toArray()
  return { text: Buffer.concat(chunks ?? []).toString(), stages: (await done).stages }
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

describe('what a command gets beside its streams', () => {
  it('a secret in a file without a name, that it may open or read, and that is gone from the file system', async () => {
    const extras = [{ kind: 'secret-file' as const, parts: ['user:', secret, '\n'] }]
    assert.equal((await outputOf([command(['/bin/cat', '/dev/fd/3'], { extras })])).text, 'user:CANARY\n')
    const quoted = [
      { kind: 'secret-file' as const, parts: [{ kind: 'quoted' as const, secret: { kind: 'env' as const, name: 'ODD' }, style: 'pgpass' as const }] },
    ]
    assert.equal((await outputOf([command(['/bin/cat', '/dev/fd/3'], { extras: quoted })])).text, String.raw`a\:b\\c`)
    assert.equal((await outputOf([command(['/bin/sh', '-c', 'cat <&3; stat -Lc %a /dev/fd/3'], { extras })])).text, 'user:CANARY\n600\n')
    assert.deepEqual(
      readdirSync('/dev/shm').filter((name) => name.includes(runId)),
      [],
    )
  })

  it('a secret in its environment', async () => {
    const environment = { kind: 'exactly' as const, values: { PGPASSWORD: secret } }
    assert.equal((await outputOf([command(['/usr/bin/env'], { environment })])).text, 'PGPASSWORD=CANARY\n')
  })

  it('nothing, and nothing starts, when a secret of a later stage is missing', async () => {
    const environment = { kind: 'exactly' as const, values: { X: { kind: 'env' as const, name: 'NONE' } } }
    await assert.rejects(outputOf([command(['/usr/bin/touch', `/tmp/${runId}`]), command(['/bin/cat'], { environment })]), /no such secret/u)
    assert.equal(existsSync(`/tmp/${runId}`), false)
  })

  it('no descriptor, and none is left open, when a stage or a command cannot be started', async () => {
    const extras = [
      { kind: 'secret-file' as const, parts: [secret] },
      { kind: 'tap' as const, collect: 'lines' as const },
    ]
    const tooLong = command(['/bin/echo', 'x'.repeat(200_000)], { extras })
    const stages = [command(['/bin/cat', '/dev/fd/3'], { extras }), tooLong, command(['/bin/cat'], { extras })]
    const call = { signal: new AbortController().signal, limits: DEFAULT_LIMITS }
    const tryBoth = async () => {
      await assert.rejects(outputOf(stages), /too long/u)
      await assert.rejects(processes.runCommand(tooLong, { ...call, stdout: 'nowhere' }), /too long/u)
    }
    // Closed and opened anew, as pipes that are made ahead would be counted too.
    await processes.close()
    const before = descriptors()
    processes = openProcesses(settings)
    await tryBoth()
    await processes.close()
    await until(() => descriptors() <= before)
    processes = openProcesses(settings)
  })

  it('a pipe whose lines are counted, and one whose end is kept', async () => {
    const counting = command(['/bin/sh', '-c', 'seq 1 100000 >&3; echo out'], { extras: [{ kind: 'tap', collect: 'lines' }] })
    const keeping = command(['/usr/bin/tee', '/dev/fd/3'], { extras: [{ kind: 'tap', collect: 'tail' }] })
    const counted = await outputOf([counting])
    assert.deepEqual(counted.stages[0]?.taps, [100_000])
    const kept = await outputOf([command(['/usr/bin/seq', '1', '200000']), keeping])
    assert.equal(kept.text.length, 1_288_895)
    assert.match(String(kept.stages[1]?.taps?.[0]), /199999\n200000\n$/u)
  })

  it('its working folder, niceness and class of input and output', async () => {
    const { text } = await outputOf([command(['/bin/sh', '-c', 'pwd; nice; ionice'], { workingFolder: '/var', nice: 7, ionice: { class: 'idle' } })])
    assert.equal(text, '/var\n7\nidle\n')
  })

  it('another user with all his groups, who may read his secret', { skip: requires('root') }, async () => {
    const extras = [{ kind: 'secret-file' as const, parts: [secret] }]
    const { text } = await outputOf([command(['/bin/sh', '-c', 'id -un; id -G; cat /dev/fd/3'], { user: 'nobody', extras })])
    assert.equal(text, 'nobody\n65534\nCANARY')
    await assert.rejects(outputOf([command(['/bin/true'], { user: 'no-such-user' })]), /unknown user "no-such-user"/u)
  })
})
