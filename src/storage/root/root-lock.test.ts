import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { call, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import type { OperationContext, RootWait } from '../storage.ts'

function twoIn(t: TestContext) {
  const root = join(temporaryFolder(t), 'root')
  mkdirSync(root)
  return { root, one: openLocalfs(root).folders, two: openLocalfs(root).folders }
}

/** The first thing that it is told while it waits, and how its waiting ends, be it that the first one ends it by `act`. */
async function wait(t: TestContext, changes: Partial<OperationContext>) {
  const { root, one, two } = twoIn(t)
  const told = Promise.withResolvers<RootWait>()
  const waiting = { ...call, onWait: told.resolve, ...changes }
  return { root, one, two, told: told.promise, waiting }
}

describe('waiting for the lock of a root', () => {
  it('names the holder with its task', async (t) => {
    const { root, one, two, told, waiting } = await wait(t, {})
    let second: Promise<string> | undefined
    await one.withRootLock({ ...call, task: 'nightly' }, async () => {
      second = two.withRootLock(waiting, async () => 'got in')
      const { holder, ...rest } = await told
      assert.deepEqual([rest, holder?.task, holder?.pid], [{ root }, 'nightly', process.pid])
      assert.ok(holder?.since instanceof Date)
    })
    assert.equal(await second, 'got in')
  })

  it('names no holder that is not proven', async (t) => {
    const { root, two, told, waiting } = await wait(t, {})
    // Somebody who does not say who he is; and what the one before him said is not true any more.
    const dead = spawnSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim()
    const script = 'mkdir -m 700 "$1"; exec 3> "$1/lock"; flock 3; printf \'{"pid":%s,"start":1}\' "$2" >&3; echo held; exec sleep 300'
    const other = spawn('sh', ['-c', script, 'sh', join(root, '.holdfast-work'), dead], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => other.kill('SIGKILL'))
    await once(other.stdout, 'data')
    const stop = new AbortController()
    const second = two.withRootLock({ ...waiting, signal: stop.signal }, async () => assert.fail('it got in'))
    assert.deepEqual(await told, { root })
    stop.abort()
    await assert.rejects(second, { code: 'storage/aborted' })
  })

  it('ends at its limit, and names who was in the way', async (t) => {
    const { one, two, waiting } = await wait(t, { waitLimitMs: 50 })
    await one.withRootLock({ ...call, task: 'nightly' }, () =>
      assert.rejects(
        two.withRootLock(waiting, async () => assert.fail('it got in')),
        {
          code: 'storage/locked',
          message: new RegExp(`was in use for longer than .*, by task "nightly", process ${process.pid}, since 20`, 'u'),
          hint: /--run-limit/u,
        },
      ),
    )
  })

  it('supports limits of any length', async (t) => {
    const { one, two, waiting } = await wait(t, { waitLimitMs: 400 * 86_400_000 })
    let second: Promise<string> | undefined
    await one.withRootLock(call, async () => {
      second = two.withRootLock(waiting, async () => 'got in')
      await two.isTaken('x', call)
    })
    assert.equal(await second, 'got in')
  })
})
