import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { lockTask, type TaskLock } from './task-lock.ts'

const owner = { planFile: '/etc/x.json', task: 'nightly', pid: 42, since: new Date('2026-01-02T03:04:05Z') }

describe('lockTask', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'task-lock-'))
  })
  after(() => rm(folder, { recursive: true }))

  it("locks out a second run with the holder's name, until it is released", async () => {
    const first = await lockTask(join(folder, 'a'), owner)
    assert.deepEqual(await lockTask(join(folder, 'a'), { ...owner, pid: 43 }), { kind: 'busy', holder: 'process 42, since 2026-01-02T03:04:05.000Z' })
    await release(first)
    await release(await lockTask(join(folder, 'a'), owner))
  })

  it('keeps tasks and configurations apart', async () => {
    const locks = [
      await lockTask(join(folder, 'b'), owner),
      await lockTask(join(folder, 'b'), { ...owner, task: 'weekly' }),
      await lockTask(join(folder, 'b'), { ...owner, planFile: '/etc/y.json' }),
    ]
    assert.deepEqual(
      locks.map(({ kind }) => kind),
      ['held', 'held', 'held'],
    )
    for (const lock of locks) await release(lock)
  })

  it('creates a private folder', async () => {
    await release(await lockTask(join(folder, 'c', 'd'), owner))
    assert.equal((await stat(join(folder, 'c', 'd'))).mode & 0o777, 0o700)
  })

  it('ends with the process that held it, however that ends', async () => {
    const target = join(folder, 'e')
    await release(await lockTask(target, owner))
    const [name] = await readdir(target)
    const script = 'echo locked; exec sleep 60'
    const child = spawn('flock', ['--exclusive', '--no-fork', join(target, String(name)), 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const exited = once(child, 'exit')
    try {
      await once(child.stdout, 'data')
      assert.equal((await lockTask(target, owner)).kind, 'busy')
    } finally {
      child.kill('SIGKILL')
      await exited
    }
    await release(await lockTask(target, owner))
  })

  it('gives the reason if nothing can be locked', async () => {
    await writeFile(join(folder, 'file'), '')
    const lock = await lockTask(join(folder, 'file', 'locks'), owner)
    assert.equal(lock.kind, 'absent')
    assert.match(lock.kind === 'absent' ? lock.why : '', /ENOTDIR/u)
  })
})

async function release(lock: TaskLock): Promise<void> {
  assert.equal(lock.kind, 'held')
  if (lock.kind === 'held') await lock.release()
}
