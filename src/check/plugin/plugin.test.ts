import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { command, shell } from '../../../test/support/commands.ts'
import { lacks } from '../../../test/support/lacks.ts'
import type { Command } from '../../plan/command.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { runCheck } from '../run-check.ts'

const ANY = { min: 0, max: 255 }
const PLUGINS = '/usr/lib/nagios/plugins'

describe('a plugin', () => {
  let processes: Processes
  before(() => {
    processes = openProcesses({ runId: 'plugin-test' })
  })
  after(() => processes.close())

  const query = (plugin: Command, timeoutMs = 120_000, signal = new AbortController().signal) => {
    const openSets = () => assert.fail('no sets here')
    return runCheck({ kind: 'exec', command: plugin, timeoutMs }, { plan: {} as never, processes, clock: () => new Date(), openSets }, signal)
  }
  const script = (text: string, timeoutMs?: number) => query(shell(text, ANY), timeoutMs)

  it('answers by its exit code and its first line', async () => {
    for (const [code, status] of (['ok', 'warn', 'fail', 'unknown'] as const).entries()) {
      const { hint, ...answer } = await script(`echo 'DISK - so it is | a=1;2;3'; echo more; exit ${code}`)
      assert.deepEqual(answer, { status, reason: 'DISK - so it is', facts: [{ label: 'a', value: 1, unit: '', warn: '2', fail: '3' }] })
      assert.equal(hint === undefined, status === 'ok')
    }
  })

  it('may have more performance data behind its long text', async () => {
    const { facts, reason } = await script(`printf 'X OK|a=1\nlong\nlonger|b=2\nc=3 d=4\n'`)
    assert.deepEqual([reason, facts.map(({ label }) => label)], ['X OK', ['a', 'b', 'c', 'd']])
  })

  it('that prints nothing to stdout is quoted from stderr', async () => {
    assert.equal((await script('echo first >&2; echo cannot connect >&2; exit 2')).reason, 'cannot connect')
    assert.equal((await script('exit 1')).reason, '"sh" printed nothing')
  })

  it('that does not answer as a plugin is unknown', async () => {
    for (const [text, reason] of [
      ['exit 4', /^"sh" ended with exit code 4, which is invalid for a plugin$/u],
      ['echo no such library; exit 127', /ended with exit code 127, which is invalid for a plugin: no such library$/u],
      ['kill -SEGV $$', /"sh".* was killed by SIGSEGV|SIGSEGV/u],
    ] as const) {
      const answer = await script(text)
      assert.equal(answer.status, 'unknown')
      assert.match(answer.reason, reason)
    }
    const missing = await query(command(['/no/such/plugin'], { accept: ANY }))
    assert.deepEqual([missing.status, missing.reason], ['unknown', 'could not start "/no/such/plugin": file not found'])
  })

  it('that hangs is ended, with all that it started', async () => {
    const nap = `3061.${process.pid}`
    const answer = await script(`trap '' TERM; echo $$; sleep ${nap} & sleep ${nap}`, 1200)
    assert.deepEqual([answer.status, answer.reason], ['unknown', 'timed out after 1.2 s'])
    assert.equal((await script(`ps ax | grep -c "[s]leep ${nap}"; exit 0`)).reason, '0')
  })

  it('reads long output to its end, and keeps a limited part', async () => {
    const { status, reason } = await script(`head -c 5000000 /dev/zero | tr '\\0' x; exit 1`)
    assert.deepEqual([status, reason.length], ['warn', 1000])
  })

  it('cannot put control characters or lines into messages', async () => {
    const { reason } = await script(`printf 'a\\tb\\033[31m\\rc\\n'`)
    assert.equal(reason, 'a b\\u001b[31m c')
  })

  it('is stopped with the run', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    assert.equal((await query(shell('sleep 3062', ANY), 120_000, stop.signal)).status, 'unknown')
  })

  describe('of Debian', { skip: lacks(`${PLUGINS}/check_disk`) }, () => {
    it('accepts the common plugins for processes, disks and load', async () => {
      const cases: readonly (readonly [readonly string[], string, RegExp, number])[] = [
        [['check_procs', '-w', '0:100000'], 'ok', /^PROCS OK: \d+ process/u, 1],
        [['check_procs', '-w', '100000:'], 'warn', /^PROCS WARNING: \d+ process/u, 1],
        [['check_disk', '-w', '0', '-c', '0', '-p', '/'], 'ok', /^DISK OK/u, 1],
        [['check_disk', '-w', '100%', '-c', '100%', '-p', '/'], 'fail', /^DISK CRITICAL - free space: \//u, 1],
        [['check_load', '-w', '10000,10000,10000', '-c', '20000,20000,20000'], 'ok', /^LOAD OK|^OK - load average/u, 3],
        [['check_disk', '--no-such-option'], 'unknown', /./u, 0],
        [['check_dummy', '3', 'told so'], 'unknown', /^UNKNOWN: told so$/u, 0],
      ]
      for (const [[plugin = '', ...options], status, reason, facts] of cases) {
        const answer = await query(command([`${PLUGINS}/${plugin}`, ...options], { accept: ANY }))
        assert.equal(answer.status, status, `${plugin}: ${answer.reason}`)
        assert.match(answer.reason, reason)
        assert.equal(answer.facts.length, facts, plugin)
      }
    })
  })
})
