import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { requires } from '../support/requires.ts'
import { openSetup } from './setup.ts'
import { configureSimple } from './simple-plan.ts'

it('a limit of open files is reported, or the run succeeds', { skip: requires('root', 'prlimit', 'unshare') }, async (t) => {
  const setup = openSetup(t)
  configureSimple(setup, { more: ['c', 'd'], workers: 4 })
  const shm = join(setup.top, 'shm')
  mkdirSync(shm)
  // What is left in the folder of FIFOs is left by these runs alone.
  const own = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `mount --bind ${shm} /dev/shm && exec "$@"`, 'sh']
  const outcomes = new Set<string>()
  for (let limit = 28; limit <= 92; limit += 8) {
    const { code, stderr } = await setup.start(['-q', 'run'], { under: [...own, 'prlimit', `--nofile=${limit}:${limit}`] })
    outcomes.add(code === 0 ? 'well' : 'failed')
    if (code !== 0) assert.match(stderr, /EMFILE|[Tt]oo many open files/u, `with ${limit} descriptors`)
    assert.doesNotMatch(stderr, /ENOTEMPTY|no folder is writable|internal error/u, `with ${limit} descriptors`)
    assert.deepEqual(setup.living(), [])
    assert.deepEqual(readdirSync(shm), [], `with ${limit} descriptors`)
  }
  assert.deepEqual([...outcomes].sort(), ['failed', 'well'])
})
