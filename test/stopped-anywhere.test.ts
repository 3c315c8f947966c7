import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openSetStore } from '../src/backup/store/open-set-store.ts'
import { verifySet } from '../src/backup/verify/verify-set.ts'
import type { LocalfsStorageSpec } from '../src/plan/plan.ts'
import { openStorage } from '../src/storage/open-storage.ts'
import { POINTS as KILLED_AT } from './faults/stop-points.ts'
import { checkout, openPlace } from './palhm/place.ts'
import { someOf } from './support/some-of.ts'

// Every named point that a run with a rotation passes, in order. The first test sees to it that none is missing here.
const POINTS = [
  'task-locked',
  'step-began',
  'swept',
  'work-begun',
  'set-begun',
  'object-opened',
  'pipeline-started',
  'pipeline-ended',
  'object-flushed',
  'object-made',
  'objects-made',
  'own-file-written',
  'manifest-written',
  'folders-flushed',
  'set-renamed',
  'root-flushed',
  'set-published',
  'expire-renamed',
  'expire-flushed',
  'expire-deleted',
  'rotated',
  'step-ended',
] as const

const OLD = ['2022-01-01T00:00:00+00:00', '2022-01-02T00:00:00+00:00']

/** A root with two sets of an ancestor, and a task that keeps two. */
function open(t: TestContext) {
  const place = openPlace(t)
  const pipeline = (...argv: string[][]) => argv.map((it) => ({ type: 'exec-inline', argv: it }))
  const config = place.write('plan.json', {
    'nb-workers': 2,
    tasks: [
      {
        id: 'default',
        type: 'backup',
        backend: 'localfs',
        'backend-param': { root: 'root', 'nb-copy-limit': 2 },
        objects: [
          { path: 'a', pipeline: pipeline(['/bin/echo', 'a'], ['/bin/cat']) },
          { path: 'd/b', pipeline: pipeline(['/bin/seq', '1', '50000'], ['/bin/gzip']) },
        ],
      },
    ],
  })
  for (const set of OLD) place.write(`root/${set}/a`, 'old\n')
  const args = ['-q', '-f', config, 'run']
  const stopAt = (point: string, signal: string) =>
    place.start([join(checkout, 'test/programs/holdfast-at-point.ts'), point, signal, '--', ...args], { as: process.execPath })
  return { root: join(place.run, 'root'), place, stopAt, runAgain: () => place.start(args, { as: 'holdfast' }) }
}

/** The names of the complete and legacy sets, each read back whole. */
async function goodSets(root: string): Promise<readonly string[]> {
  const spec: LocalfsStorageSpec = { kind: 'localfs', root, folderMode: 0o750, fileMode: 0o640, completeWhen: 'folder' }
  const sets = openSetStore(await openStorage(spec, { note: () => undefined }), spec)
  const call = { signal: new AbortController().signal }
  const names = (await sets.list(call)).filter(({ state }) => state !== 'unfinished').map(({ name }) => name)
  for (const name of names) assert.deepEqual((await verifySet(sets, name, call)).problems, [], name)
  return names
}

/** What lies in the work area of runs, dead or alive. */
function leftovers(root: string): readonly string[] {
  const area = join(root, '.holdfast-work')
  return existsSync(area) ? readdirSync(area, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])) : []
}

describe('a run that is stopped', { concurrency: 4 }, () => {
  it('passes the points that are tested, and no others', async (t) => {
    const { stopAt } = open(t)
    const { code, stderr } = await stopAt('list', '0')
    assert.equal(code, 0)
    assert.deepEqual([...new Set(stderr.trim().split('\n'))], POINTS)
    assert.deepEqual(POINTS.toSorted(), KILLED_AT, 'where the fault tests kill')
  })

  // With sets of its own, and at every point: faults/killed.test.ts.
  for (const point of someOf(POINTS.slice(POINTS.indexOf('set-renamed'), POINTS.indexOf('rotated')))) {
    it(`killed at "${point}" among sets of an ancestor, it leaves only complete sets, and the next run removes the remains`, async (t) => {
      const { place, root, stopAt, runAgain } = open(t)
      assert.deepEqual(await stopAt(point, 'KILL'), { code: null, signal: 'SIGKILL', stdout: '', stderr: '' })
      const good = await goodSets(root)
      assert.ok(good.length >= 2 && good.includes(OLD[1] as string), good.join())

      assert.deepEqual(await runAgain(), { code: 0, signal: null, stdout: '', stderr: '' })
      assert.equal((await goodSets(root)).length, 2)
      assert.deepEqual(leftovers(root), [])
      assert.deepEqual(place.leftOver(), [])
    })
  }

  it('by an uncaught error is rolled back, too, and reports an internal error without a stack', async (t) => {
    const { place, root, stopAt } = open(t)
    const { code, signal, stderr } = await stopAt('pipeline-started', 'FAULT')
    assert.deepEqual({ code, signal }, { code: 1, signal: null })
    assert.match(stderr, /^internal error: boom\n(?: {2}\w+: .*\n)+$/u)
    assert.deepEqual(await goodSets(root), OLD)
    assert.deepEqual(leftovers(root), [])
    assert.deepEqual(place.leftOver(), [])
  })
})
