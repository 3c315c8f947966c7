import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { cannotMountDead, mountDead } from '../../../test/faults/dead-mount.ts'
import { temporaryFolder } from '../../../test/support/localfs.ts'
import { makeSet } from '../../../test/support/sets.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import { openSetStore } from '../../backup/store/open-set-store.ts'
import type { FreshnessCheck } from '../../plan/check.ts'
import type { BackupStep, LocalfsStorageSpec, Plan, StorageSpec, Task } from '../../plan/plan.ts'
import { openStorage } from '../../storage/open-storage.ts'
import type { CheckDeps } from '../check-deps.ts'
import { runCheck } from '../run-check.ts'

const HOUR = 3600_000
const NOW = new Date('2026-11-22T12:00:00Z')
const call = { signal: new AbortController().signal }

const localfs = (root: string, changes: Partial<LocalfsStorageSpec> = {}): LocalfsStorageSpec => ({
  kind: 'localfs',
  root,
  folderMode: 0o750,
  fileMode: 0o640,
  completeWhen: 'manifest',
  ...changes,
})

const backup = (name: string, ...storages: readonly StorageSpec[]): BackupStep => ({
  kind: 'backup',
  name,
  targets: storages.map((storage) => ({ storage, keep: {} })),
  require: 'all',
  objects: [],
})

function planOf(tasks: Readonly<Record<string, Omit<Task, 'name'>>>): Plan {
  return {
    dialect: 'native',
    file: '/c.yaml',
    files: ['/c.yaml'],
    tasks: new Map(Object.entries(tasks).map(([name, task]) => [name, { name, ...task }])),
    defaultTask: 'default',
    verbosity: 3,
    commands: new Map(),
    modules: [],
    workers: 1,
  }
}

async function openSets(spec: StorageSpec) {
  const storage = await openStorage(spec, { note: () => undefined } as Parameters<typeof openStorage>[1])
  return { sets: openSetStore(storage, spec), close: () => storage.close() }
}

async function makeAt(spec: StorageSpec, hoursAgo: number, objects: Readonly<Record<string, string>> = { a: 'one', 'd/b': 'two' }): Promise<string> {
  const { sets, close } = await openSets(spec)
  const name = await makeSet(sets, call, { began: new Date(NOW.getTime() - hoursAgo * HOUR), objects })
  await close()
  return name
}

function query(plan: Plan, changes: Partial<FreshnessCheck> = {}) {
  const deps = { plan, processes: {} as never, clock: () => NOW, openSets } satisfies CheckDeps
  return runCheck({ kind: 'freshness', task: 'nightly', timeoutMs: 120_000, warnMs: 26 * HOUR, failMs: 50 * HOUR, ...changes }, deps, call.signal)
}

function open(t: TestContext, changes: Partial<LocalfsStorageSpec> = {}) {
  const root = join(temporaryFolder(t), 'root')
  const spec = localfs(root, changes)
  return { root, spec, plan: planOf({ nightly: { steps: [backup('nightly', spec)] } }) }
}

describe('a check of freshness', () => {
  it('checks the age of the last set', async (t) => {
    for (const [hoursAgo, status, reason] of [
      [1, 'ok', /^the last set of "nightly" on ".*\/root" is 1 h old$/u],
      [26, 'ok', /old$/u],
      [27, 'warn', /is 1 d 3 h old, more than 1 d 2 h$/u],
      [51, 'fail', /is 2 d 3 h old, more than 2 d 2 h$/u],
    ] as const) {
      const { spec, plan } = open(t)
      await makeAt(spec, hoursAgo)
      await makeAt(spec, 400)
      const result = await query(plan)
      assert.equal(result.status, status)
      assert.match(result.reason, reason)
      assert.deepEqual(
        result.facts.map(({ value, unit, warn, fail }) => [value, unit, warn, fail]),
        [
          [hoursAgo * 3600, 's', '93600', '180000'],
          [6, 'B', undefined, undefined],
          [2, '', undefined, undefined],
        ],
      )
    }
  })

  it('fails without a set, whatever else exists there', async (t) => {
    const { root, plan } = open(t)
    assert.match((await query(plan)).reason, /^no complete set of "nightly" on ".*\/root"$/u)
    mkdirSync(join(root, '2026-11-22T11:00:00+00:00'), { recursive: true })
    mkdirSync(join(root, 'foreign'))
    const { status, reason } = await query(plan)
    assert.deepEqual([status, /^no complete set/u.test(reason)], ['fail', true])
  })

  it('does not believe a set that a listing shows to be damaged', async (t) => {
    const { root, spec, plan } = open(t)
    const older = await makeAt(spec, 20)
    for (const [damage, said] of [
      [(set: string) => rmSync(join(set, 'd/b')), /"d\/b" is missing, of "nightly" on/u],
      [(set: string) => appendFileSync(join(set, 'a'), 'x'), /"a" has 4 bytes, expected 3/u],
      [(set: string) => truncateSync(join(set, 'manifest.json'), 300), /the set 2026\S+ is damaged: /u],
    ] as const) {
      const name = await makeAt(spec, 1)
      damage(join(root, name))
      const result = await query(plan)
      assert.equal(result.status, 'fail')
      assert.match(result.reason, said)
      assert.equal(result.facts[0]?.value, 20 * 3600, 'the last good one is the older')
      rmSync(join(root, name), { recursive: true })
    }
    await makeAt(spec, 1)
    rmSync(join(root, older, 'a'))
    const { status, reason, facts } = await query(plan)
    assert.deepEqual([status, facts[0]?.value, facts[2]?.value], ['fail', 3600, 1], 'an old one, too')
    assert.match(reason, /^the set 2026\S+ is damaged: "a" is missing, of "nightly" on/u)
    for (const name of readdirSync(root)) if (name !== older) rmSync(join(root, name), { recursive: true })
    assert.match((await query(plan)).reason, /^no good set of "nightly" on ".*": the set \S+ is damaged: "a" is missing/u)
  })

  it('accepts folders as sets if configured', async (t) => {
    const { root, plan } = open(t, { completeWhen: 'folder' })
    mkdirSync(join(root, '2026-11-22T11:00:00+00:00'), { recursive: true })
    assert.equal((await query(plan)).status, 'ok')
  })

  it('reports a set dated in the future', async (t) => {
    const { spec, plan } = open(t)
    await makeAt(spec, -1)
    const { status, reason } = await query(plan)
    assert.deepEqual([status, /is dated in the future: 20261122T130000Z$/u.test(reason)], ['warn', true])
  })

  it('looks at every storage, and the worst counts', async (t) => {
    const [first, second] = [open(t), open(t)]
    await makeAt(first.spec, 1)
    await makeAt(second.spec, 60)
    const plan = planOf({ nightly: { steps: [backup('nightly', first.spec, second.spec, { kind: 'null' })] } })
    const { status, reason, facts } = await query(plan)
    assert.equal(status, 'fail')
    assert.match(reason, new RegExp(`^the last set of "nightly" on "${second.root}" is 2 d 12 h old, more than`, 'u'))
    assert.equal(facts.length, 6)
  })

  it('includes steps of tasks inside the task, or one by its name', async (t) => {
    const [first, second] = [open(t), open(t)]
    await makeAt(first.spec, 1)
    const inner = { steps: [backup('one', first.spec), backup('two', second.spec)] }
    const plan = planOf({ weekly: { steps: [{ kind: 'task', task: 'inner' }] }, inner })
    assert.equal((await query(plan, { task: 'weekly' })).status, 'fail')
    assert.equal((await query(plan, { task: 'weekly', step: 'one' })).status, 'ok')
    assert.equal((await query(plan, { task: 'weekly', step: 'three' })).status, 'unknown')
  })

  it('derives its limits from the schedule', async (t) => {
    const { spec } = open(t)
    await makeAt(spec, 31)
    const schedule = { words: ['30 2 * * *'], jitterMs: 0, catchUp: false }
    const { warnMs: _, failMs: __, ...check } = { kind: 'freshness', task: 'nightly', timeoutMs: 5000, warnMs: 0, failMs: 0 } as const
    const deps = (plan: Plan) => ({ plan, processes: {} as never, clock: () => NOW, openSets })
    const steps = [backup('nightly', spec)]
    assert.match((await runCheck(check, deps(planOf({ nightly: { steps, schedule } })), call.signal)).reason, /more than 1 d 6 h$/u)
    assert.equal((await runCheck(check, deps(planOf({ nightly: { steps } })), call.signal)).status, 'ok')
  })

  it('is unknown if the storage cannot be read', async (t) => {
    const { root, plan } = open(t)
    symlinkSync(root, root)
    const { status, reason } = await query(plan)
    assert.equal(status, 'unknown')
    assert.ok(reason.includes(root), reason)
  })

  it('does not wait for a dead mount, and checks the other storages', { skip: cannotMountDead() }, async (t) => {
    const [good, bad] = [open(t), open(t)]
    await makeAt(good.spec, 60)
    // Gone before the folder is: removing that would wait for it.
    const mount = mountDead(bad.root)
    const plan = planOf({ nightly: { steps: [backup('nightly', bad.spec, good.spec)] } })
    const { status, reason } = await query(plan, { timeoutMs: scaledMs(3000) }).finally(() => mount.end())
    assert.equal(status, 'fail')
    assert.match(
      reason,
      /^the last set .* is 2 d 12 h old.*; (?:no answer from the storage of the sets of "nightly" \(".*"\)|no answer from the file system of ".*" within 30 s)$/u,
    )
  })
})
