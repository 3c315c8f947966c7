import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Plan } from '../plan/plan.ts'
import { planLock } from './plan-lock.ts'
import { lockTask } from './task-lock.ts'

const plan: Plan = {
  dialect: 'krista',
  file: '/p',
  files: ['/p'],
  tasks: new Map(),
  defaultTask: 'default',
  verbosity: 1,
  commands: new Map(),
  modules: [],
  workers: 1,
}

describe('planLock', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plan-lock-'))
  })
  after(() => rm(folder, { recursive: true }))
  // Each is a process of its own as far as the kernel's locks on open files go.
  const runOf = (oneRunAtATime: boolean) =>
    planLock({ ...plan, oneRunAtATime }, (task) => lockTask(folder, { planFile: '/p', task, pid: process.pid, since: new Date(0) }))

  it('keeps away runs of other tasks where the plan has one at a time', async () => {
    const first = await runOf(true)('a')
    assert.equal(first.kind, 'held')
    const other = await runOf(true)('b')
    assert.ok(other.kind === 'busy' && other.isPlan === true)
    assert.equal((await runOf(false)('a')).kind, 'busy', 'its own lock too')
    if (first.kind === 'held') await first.release()
    const next = await runOf(true)('b')
    assert.equal(next.kind, 'held')
    if (next.kind === 'held') await next.release()
  })

  it('lets tasks inside a task through', async () => {
    const lock = runOf(true)
    const outer = await lock('a')
    const inner = await lock('b')
    assert.deepEqual([outer.kind, inner.kind], ['held', 'held'])
    for (const it of [inner, outer]) if (it.kind === 'held') await it.release()
  })

  it('does not block other tasks without a limit in the plan, and does not wait if the task itself is locked', async () => {
    const [a, b] = [await runOf(false)('a'), await runOf(false)('b')]
    assert.deepEqual([a.kind, b.kind], ['held', 'held'])
    const busy = await runOf(true)('a')
    assert.ok(busy.kind === 'busy' && busy.isPlan === undefined)
    const free = await runOf(true)('c')
    assert.equal(free.kind, 'held')
    for (const it of [a, b, free]) if (it.kind === 'held') await it.release()
  })
})
