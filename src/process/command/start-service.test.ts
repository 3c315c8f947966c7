import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { command } from '../../../test/support/commands.ts'
import { processStart, readStat } from '../identity/host-id.ts'
import { startService } from './start-service.ts'

const resolveSecret = () => Promise.resolve('CANARY')

/** A zombie that nobody has waited for yet is not. */
function isThere(pid: number): boolean {
  return !['Z', 'X'].includes(readStat(pid)?.state ?? 'X')
}

describe('startService', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'service-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('receives its stderr, and ends it with its child processes', async () => {
    const heard: string[] = []
    const script = 'echo up >&2; sleep 1000 & echo $! >&2; trap "exit 7" TERM; wait'
    const service = await startService(command(['/bin/sh', '-c', script]), { resolveSecret, onStderr: (text) => heard.push(text) })
    while (!/up\n\d+\n/u.test(heard.join(''))) await sleep(5)
    const child = Number(heard.join('').split('\n')[1])
    await service.stop(5000)
    assert.match(await service.ended, /sh failed \(exit code 7\)/u)
    assert.deepEqual([isThere(service.pid), isThere(child)], [false, false])
    assert.equal(service.stderrTail(), heard.join(''))
  })

  it('gives it its secrets, and no message shows them', async () => {
    const environment = { kind: 'exactly' as const, values: { WORD: { kind: 'env' as const, name: 'X' } } }
    const extras = [{ kind: 'secret-file' as const, parts: [{ kind: 'env' as const, name: 'X' }, '!'] }]
    const service = await startService(command(['/bin/sh', '-c', 'echo "$WORD $(cat /dev/fd/3)" >&2; exit 3'], { environment, extras }), {
      resolveSecret,
    })
    assert.doesNotMatch(await service.ended, /CANARY/u)
    while (!service.stderrTail().includes('\n')) await sleep(5)
    assert.equal(service.stderrTail(), '… …!\n')
    await service.stop(0)
  })

  it('refuses a program that is not there', async () => {
    await assert.rejects(startService(command(['/nowhere/program']), { resolveSecret }), { code: 'process/not-started' })
  })

  it('outlives pipelines of the same run, including its child processes', () => {
    const script = `
      import { setTimeout as sleep } from 'node:timers/promises'
      import { openProcesses } from '${import.meta.dirname}/../open-processes.ts'
      import { readStat } from '${import.meta.dirname}/../identity/host-id.ts'
      import { DEFAULT_LIMITS } from '${import.meta.dirname}/../processes.ts'
      import { startService } from '${import.meta.dirname}/start-service.ts'
      const rest = { environment: { kind: 'exactly', values: { PATH: '/usr/bin:/bin' } }, searchPath: [], accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'never' }
      const processes = openProcesses({ runId: 'test-service-' + process.pid })
      const run = async () => (await processes.startPipeline([{ argv: ['/bin/true'], ...rest }], { kind: 'discard' }, { signal: new AbortController().signal, limits: DEFAULT_LIMITS })).done
      await run()
      const service = await startService({ argv: ['/bin/sh', '-c', 'sleep 1000 & echo $! >&2; wait'], ...rest }, { resolveSecret: async () => '' })
      while (!service.stderrTail().includes('\\n')) await sleep(5)
      await run()
      const states = () => [service.pid, Number(service.stderrTail())].map((pid) => !['Z', 'X'].includes(readStat(pid)?.state ?? 'X'))
      const then = states()
      await service.stop(0)
      await processes.close()
      console.log(JSON.stringify([then, states()]))`
    // An ordinary user has no cgroup: what a pipeline has left behind is then told by marks alone.
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const
    const isOpen = spawnSync(asNobody[0], [...asNobody.slice(1), 'cat', import.meta.filename]).status === 0
    const drop = isOpen ? asNobody : ['env']
    const [program = '', ...args] = [...drop, process.execPath, '--input-type=module', '-e', script]
    const told = execFileSync(program, args, { cwd: '/', encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual(JSON.parse(told), [
      [true, true],
      [false, false],
    ])
  })

  it('ends with Holdfast, also after a kill', async () => {
    const file = join(folder, 'pid')
    const script = `
      import { startService } from '${import.meta.dirname}/start-service.ts'
      const environment = { kind: 'exactly', values: { PATH: '/usr/bin:/bin' } }
      const rest = { environment, searchPath: [], accept: { min: 0, max: 0 }, showStdout: 'never', showStderr: 'never' }
      await startService({ argv: ['/bin/sh', '-c', 'echo $$ > ${file}; exec sleep 1000'], ...rest }, { resolveSecret: async () => '' })`
    const us = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
    while (!existsSync(file) || !readFileSync(file, 'utf8').endsWith('\n')) await sleep(10)
    const pid = Number(readFileSync(file, 'utf8'))
    const start = processStart(pid)
    const ended = new Promise((resolve) => us.once('exit', resolve))
    us.kill('SIGKILL')
    await ended
    const isSame = () => processStart(pid) === start && isThere(pid)
    for (let count = 0; isSame() && count < 500; count++) await sleep(10)
    assert.ok(!isSame())
  })
})
