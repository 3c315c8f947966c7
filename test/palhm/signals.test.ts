import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../support/time-limits.ts'
import { backup, config, inline, pointer, routine, sh, type Use } from './configs.ts'
import { openPlace, type Place } from './place.ts'
import { assertVerifies, leftInWork, setsIn } from './tree.ts'
import { untilWritten } from './until.ts'

const block = (...sig: readonly unknown[]): Use => ({ type: 'builtin', 'builtin-id': 'sigmask', param: [{ action: 'block', sig }] })
const unblock = (...sig: readonly unknown[]): Use => ({ type: 'builtin', 'builtin-id': 'sigmask', param: [{ action: 'Unblock', sig }] })
const look = inline(['/bin/grep', 'SigBlk', '/proc/self/status'])
const echo = (text: string): Use => inline(['/bin/echo', text])
const isThere = (place: Place, path: string) => () => existsSync(join(place.run, path))

describe('signals to a run of a PALHM configuration', { concurrency: 4 }, () => {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const) {
    it(`${signal} in a pipeline: rolled back, children ended, died by it`, async (t) => {
      const place = openPlace(t)
      const root = join(place.run, 'root')
      const file = place.write(
        'c.json',
        config([backup('root', { a: [sh('echo begin; sleep 60; echo end'), inline(['/bin/cat'])], b: [sh('yes')] })]),
      )
      const ended = await place.start(['-q', '-f', file, 'run', 'backup'], {
        meanwhile: async (pid) => {
          await untilWritten(root, 'a')
          process.kill(pid, signal)
        },
      })
      assert.equal(ended.signal, signal)
      assert.deepEqual(setsIn(root), [])
      assert.deepEqual(leftInWork(root), [])
      assert.deepEqual(place.leftOver(), [])
    })
  }

  it('SIGTERM in a step: died by it, the step with it', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([routine('default', sh('touch began; sleep 60'), echo('never'))]))
    const ended = await place.start(['-q', '-f', file, 'run'], {
      meanwhile: async (pid) => {
        await until(isThere(place, 'began'))
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.deepEqual({ signal: ended.signal, stdout: ended.stdout }, { signal: 'SIGTERM', stdout: '' })
    assert.deepEqual(place.leftOver(), [])
  })

  it('a second one while it rolls back changes nothing', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const file = place.write(
      'c.json',
      config([backup('root', { a: [sh('trap "touch stopping; sleep 0.5; exit 1" TERM; echo begin; while :; do sleep 0.05; done')] })]),
    )
    const ended = await place.start(['-q', '-f', file, 'run', 'backup'], {
      meanwhile: async (pid) => {
        await untilWritten(root, 'a')
        process.kill(pid, 'SIGINT')
        await until(isThere(place, 'stopping'))
        process.kill(pid, 'SIGINT')
        process.kill(pid, 'SIGTERM')
      },
    })
    assert.equal(ended.signal, 'SIGINT')
    assert.deepEqual(leftInWork(root), [])
    assert.deepEqual(place.leftOver(), [])
  })

  it('SIGKILL: nothing published, no good set lost, and the next run ends the orphans and clears up', async (t) => {
    const place = openPlace(t)
    const root = join(place.run, 'root')
    const good = place.write('good.json', config([backup('root', { a: [echo('good')] }, { 'nb-copy-limit': 2 })]))
    assert.equal((await place.start(['-q', '-f', good, 'run', 'backup'])).code, 0)
    const stuck = place.write(
      'stuck.json',
      config([backup('root', { a: [sh('(setsid sleep 300 &); yes | head -c 500M'), inline(['/bin/cat'])] }, { 'nb-copy-limit': 2 })]),
    )
    const ended = await place.start(['-q', '-f', stuck, 'run', 'backup'], {
      meanwhile: async (pid) => {
        await untilWritten(root, 'a')
        process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(ended.signal, 'SIGKILL')
    assert.equal(setsIn(root).length, 1)
    assert.deepEqual(await place.start(['-q', '-f', good, 'run', 'backup']), { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(assertVerifies(root), 2)
    assert.deepEqual(leftInWork(root), [])
    assert.deepEqual(place.leftOver(), [])
  })

  it('that are blocked by a step stay so for all that follows, and reach the children', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([
        routine('mask', block('TERM', 'sigint', '1', 12), unblock('HUP')),
        backup('root', { seen: [look] }),
        routine('default', pointer('mask'), look, pointer('backup'), unblock('SIGTERM'), look),
      ]),
    )
    const { code, stdout } = await place.start(['-q', '-f', file, 'run'])
    assert.equal(code, 0)
    assert.equal(stdout, 'SigBlk:\t0000000000004802\nSigBlk:\t0000000000000802\n')
    const [set = ''] = setsIn(join(place.run, 'root'))
    assert.equal(readFileSync(join(place.run, 'root', set, 'seen'), 'utf8'), 'SigBlk:\t0000000000004802\n')
  })

  it('that are blocked do not stop it', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([routine('default', block('TERM', 'HUP'), sh('touch began; until [ -e sent ]; do sleep 0.02; done'), echo('survived'))]),
    )
    const ended = await place.start(['-q', '-f', file, 'run'], {
      meanwhile: async (pid) => {
        await until(isThere(place, 'began'))
        process.kill(pid, 'SIGTERM')
        process.kill(pid, 'SIGHUP')
        place.write('sent', '')
      },
    })
    assert.deepEqual(ended, { code: 0, signal: null, stdout: 'survived\n', stderr: '' })
  })

  it('that were held back stop it when they are let through', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([
        routine('default', block('TERM'), sh('touch began; until [ -e sent ]; do sleep 0.02; done'), echo('before'), unblock('TERM'), echo('never')),
      ]),
    )
    const ended = await place.start(['-q', '-f', file, 'run'], {
      meanwhile: async (pid) => {
        await until(isThere(place, 'began'))
        process.kill(pid, 'SIGTERM')
        place.write('sent', '')
      },
    })
    assert.deepEqual({ signal: ended.signal, stdout: ended.stdout }, { signal: 'SIGTERM', stdout: 'before\n' })
  })

  it('that cannot be blocked are accepted silently', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([routine('default', block('KILL', 'SIGSTOP'), look)]))
    const { code, stdout, stderr } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'SigBlk:\t0000000000000000\n', stderr: '' })
  })

  it('of wrong names, numbers and actions are refused while loading', async (t) => {
    const place = openPlace(t)
    const bad = [
      block('NOPE'),
      block('0'),
      block(9999),
      block('-1'),
      block(1.5),
      block(null),
      { ...block('TERM'), param: [{ action: 'hold', sig: ['TERM'] }] },
    ]
    const tasks = bad.map((step, index) => routine(`t${index}`, echo('ran'), step))
    const { code, stdout, stderr } = await place.start(['-f', place.write('c.json', config([routine('default', echo('x')), ...tasks])), 'run'])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    const refused = new Set([...stderr.matchAll(/: error: tasks\[(\d+)\]\.routine\[1\]/gu)].map(([, index]) => Number(index)))
    assert.deepEqual(refused, new Set(bad.map((_, index) => index + 1)))
  })
})

describe('a step of a PALHM configuration that starts a daemon', () => {
  it('leaves it alone after a success', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([routine('default', sh('setsid sleep 77 >/dev/null 2>&1 &'), echo('done'))]))
    assert.deepEqual(await place.start(['-q', '-f', file, 'run']), { code: 0, signal: null, stdout: 'done\n', stderr: '' })
    // The shell has ended before its child has become another program.
    await until(() => place.leftOver().join() === 'sleep 77')
  })

  it('is not waited for though the daemon keeps our output open', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([routine('default', sh('setsid sleep 77 &'), echo('done'))]))
    const { code, stdout } = await place.start(['-q', '-f', file, 'run'])
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'done\n' })
    // A reader stays with the daemon, so that it does not die of a closed pipe.
    await until(() => place.leftOver().includes('sleep 77'))
  })
})
