import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../support/time-limits.ts'
import { backup, config, inline, pointer, routine, sh } from './configs.ts'
import { openPlace } from './place.ts'
import { assertVerifies, leftInWork, setsIn } from './tree.ts'

describe('runs of a PALHM configuration at the same time', { concurrency: 4 }, () => {
  it('of one task: one makes a set, the other reports the lock', async (t) => {
    const place = openPlace(t)
    const file = place.write('c.json', config([backup('root', { o: [sh('touch began; until [ -e go ]; do sleep 0.02; done; echo x')] })]))
    const first = place.start(['-q', '-f', file, 'run', 'backup'])
    await until(() => existsSync(join(place.run, 'began')))
    const second = await place.start(['-q', '-f', file, 'run', 'backup'])
    place.write('go', '')
    assert.equal(second.code, 5)
    assert.match(second.stderr, /"backup".*running/u)
    assert.deepEqual(await first, { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(assertVerifies(join(place.run, 'root')), 1)
    assert.equal((await place.start(['-q', '-f', file, 'run', 'backup'])).code, 0)
  })

  it('of one task by another path to its configuration', async (t) => {
    const place = openPlace(t)
    place.write('c.json', config([routine('default', sh('touch began; until [ -e go ]; do sleep 0.02; done'))]))
    const first = place.start(['-q', '-f', 'c.json', 'run'])
    await until(() => existsSync(join(place.run, 'began')))
    const second = await place.start(['-q', '-f', `../run/./c.json`, 'run', 'default'])
    place.write('go', '')
    assert.equal(second.code, 5)
    assert.equal((await first).code, 0)
  })

  it('of one task through a pointer', async (t) => {
    const place = openPlace(t)
    const file = place.write(
      'c.json',
      config([routine('inner', sh('touch began; until [ -e go ]; do sleep 0.02; done')), routine('outer', pointer('inner'))]),
    )
    const first = place.start(['-q', '-f', file, 'run', 'inner'])
    await until(() => existsSync(join(place.run, 'began')))
    const second = await place.start(['-q', '-f', file, 'run', 'outer'])
    place.write('go', '')
    assert.equal(second.code, 5)
    assert.match(second.stderr, /"inner"/u)
    assert.equal((await first).code, 0)
  })

  it('of tasks of the same name in two configurations do not meet', async (t) => {
    const place = openPlace(t)
    const one = place.write('1.json', config([routine('default', sh('touch began; until [ -e go ]; do sleep 0.02; done'))]))
    const two = place.write('2.json', config([routine('default', inline(['/bin/echo', 'ran']))]))
    const first = place.start(['-q', '-f', one, 'run'])
    await until(() => existsSync(join(place.run, 'began')))
    assert.equal((await place.start(['-q', '-f', two, 'run'])).stdout, 'ran\n')
    place.write('go', '')
    assert.equal((await first).code, 0)
  })

  it('of two tasks on one root make two sets', async (t) => {
    const place = openPlace(t)
    const task = (id: string) => ({ ...backup('root', { [id]: [sh('sleep 0.3; echo x')] }, { 'nb-copy-limit': 6 }), id })
    const file = place.write('c.json', config(['a', 'b', 'c'].map(task)))
    const ended = await Promise.all(['a', 'b', 'c'].map((id) => place.start(['-q', '-f', file, 'run', id], { as: 'holdfast' })))
    for (const one of ended) assert.deepEqual(one, { code: 0, signal: null, stdout: '', stderr: '' })
    assert.equal(assertVerifies(join(place.run, 'root')), 3)
    assert.deepEqual(leftInWork(join(place.run, 'root')), [])
  })

  it('of two tasks on one root that keep one set leave one complete set', async (t) => {
    const place = openPlace(t)
    const task = (id: string) => ({ ...backup('root', { [id]: [inline(['/bin/echo', 'x'])] }, { 'nb-copy-limit': 1 }), id })
    const file = place.write('c.json', config(['a', 'b', 'c', 'd'].map(task)))
    const ended = await Promise.all(['a', 'b', 'c', 'd'].map((id) => place.start(['-q', '-f', file, 'run', id])))
    for (const { code, stderr } of ended) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.ok(assertVerifies(join(place.run, 'root')) >= 1)
    assert.deepEqual(leftInWork(join(place.run, 'root')), [])
  })

  it('where one is killed do not hold up the other', async (t) => {
    const place = openPlace(t)
    const slow = { ...backup('root', { o: [sh('touch began; sleep 60')] }), id: 'slow' }
    const quick = { ...backup('root', { o: [inline(['/bin/echo', 'x'])] }), id: 'quick' }
    const file = place.write('c.json', config([slow, quick]))
    const killed = await place.start(['-q', '-f', file, 'run', 'slow'], {
      meanwhile: async (pid) => {
        await until(() => existsSync(join(place.run, 'began')))
        assert.equal((await place.start(['-q', '-f', file, 'run', 'quick'])).code, 0)
        assert.equal(leftInWork(join(place.run, 'root')).length, 1, 'the work of a run that lives is left alone')
        process.kill(pid, 'SIGKILL')
      },
    })
    assert.equal(killed.signal, 'SIGKILL')
    assert.equal((await place.start(['-q', '-f', file, 'run', 'quick'])).code, 0)
    assert.equal(setsIn(join(place.run, 'root')).length, 2)
    assert.deepEqual(leftInWork(join(place.run, 'root')), [])
    assert.deepEqual(place.leftOver(), [])
  })
})
