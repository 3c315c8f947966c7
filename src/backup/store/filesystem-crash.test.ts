import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { call, openLocalfs } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { someOf } from '../../../test/support/some-of.ts'
import { verifySet } from '../verify/verify-set.ts'
import { filesystemSets } from './filesystem-sets.ts'

const PROGRAM = fileURLToPath(new URL('../../../test/programs/make-sets.ts', import.meta.url))
const POINTS = [
  'swept',
  'work-begun',
  'object-flushed:1',
  'object-flushed:2',
  'own-file-written:1',
  'own-file-written:2',
  'own-file-written:3',
  'manifest-written',
  'folders-flushed',
  'set-renamed',
  'root-flushed',
  'set-published',
  'expire-renamed',
  'expire-flushed',
  'expire-deleted',
  'rotated',
]

describe('a set that is published by a rename', () => {
  let root: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'crash-'))
    assert.equal(makeSets(root, '2').status, 0)
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  for (const point of someOf(POINTS)) {
    it(`is whole or not there when the run is killed at ${point}`, async () => {
      const killed = makeSets(root, '1', [], point)
      assert.equal(killed.signal, 'SIGKILL', `the point was passed: ${killed.stderr}`)
      // Every run after a killed one sweeps what that left, and is killed itself at a later point.
      await checkSets(root, killed.stdout.trim())
    })
  }

  it('is followed by a run that cleans up after all of them', () => {
    checkNextRun(root)
  })

  it('is whole or not there when the device fails to flush anything, and then it is a failure', async (t) => {
    await throughFaults(t, { root, inject: 'fsync:error=EIO' })
  })

  it('is whole or not there when the run is killed in any call that changes names', { skip: long() }, async (t) => {
    for (const name of ['rename', 'unlink', 'rmdir', 'mkdir', 'fchmod', 'fsync']) await throughFaults(t, { root, inject: `${name}:signal=KILL` })
  })

  it('is consistent after a full device at any point', { skip: long() }, async (t) => {
    for (const name of ['mkdir', 'openat', 'rename']) await throughFaults(t, { root, inject: `${name}:error=ENOSPC` })
  })
})

/** Makes the nth call of a kind fail, for every n until a run meets no failure any more. Calls of Node's own start only make some rounds empty. */
async function throughFaults(t: TestContext, { root, inject }: { readonly root: string; readonly inject: string }): Promise<void> {
  const [name = ''] = inject.split(':')
  for (let nth = 1; ; nth++) {
    const before = setNames(root)
    const log = join(root, '..', `${basename(root)}.strace`)
    const hurt = makeSets(root, '1', ['strace', '-f', '-qq', '-o', log, '-e', `trace=${name}`, '-e', `inject=${inject}:when=${nth}`])
    const isHurt = existsSync(log) && readFileSync(log, 'utf8').includes('INJECTED')
    rmSync(log, { force: true })
    if (hurt.error !== undefined || /PTRACE|not permitted/u.test(hurt.stderr)) return skipHere(t, 'strace is missing or may not trace')
    const published = hurt.stdout.trim()
    await checkSets(root, published)
    if (inject === 'fsync:error=EIO') assert.equal(hurt.status === 0, !isHurt, 'bytes that may not be on the device are no success')
    if (hurt.status === 0) break
    // A kill may come between the rename and the word of it; a failure that is told must be the truth.
    const isTold = hurt.status !== null && published === ''
    if (isTold) assert.deepEqual(setNames(root), before, `a failed run published a set (${inject}, ${nth}): ${hurt.stderr}`)
    assert.ok(nth < 400, 'the run never gets through')
  }
  checkNextRun(root)
}

function makeSets(root: string, count: string, before: readonly string[] = [], point = '') {
  const [program = '', ...args] = [...before, process.execPath, PROGRAM, root, count, point]
  // One thread: calls are counted per thread.
  return spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, UV_THREADPOOL_SIZE: '1' } })
}

function setNames(root: string): readonly string[] {
  return readdirSync(root)
    .filter((name) => name !== '.holdfast-work')
    .sort()
}

/** Every set in the root is whole, nothing else is there but the work area, and what a run said it published is there. */
async function checkSets(root: string, published: string): Promise<void> {
  const sets = filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
  const listed = await sets.list(call)
  for (const { name, state } of listed) {
    assert.equal(state, 'complete', name)
    assert.deepEqual((await verifySet(sets, name, call)).problems, [])
  }
  const names = listed.map(({ name }) => name)
  assert.deepEqual(setNames(root), names)
  assert.ok(names.length >= 2, `there are ${names.length} sets`)
  if (published !== '') assert.ok(names.includes(published), `the published set ${published} is there`)
}

/** The next run goes on as if nothing had been, and cleans up. */
function checkNextRun(root: string): void {
  const next = makeSets(root, '1')
  assert.deepEqual([next.status, next.stderr], [0, ''])
  const names = readdirSync(root).sort()
  assert.deepEqual([names.length, names.at(-1)], [2, next.stdout.trim()], String(names))
}

function long(): string | false {
  return process.env['HOLDFAST_LONG_TESTS'] === '1' ? false : 'long: set HOLDFAST_LONG_TESTS=1'
}
