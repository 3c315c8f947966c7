import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { cannotMountDead, mountDead } from '../../../test/faults/dead-mount.ts'
import { scaledMs } from '../../../test/support/time-limits.ts'
import type { DiskSpaceCheck } from '../../plan/check.ts'
import { runCheck } from '../run-check.ts'
import { decideDiskSpace, fileSystemUse, parseUse } from './disk-space.ts'

const GIB = 2 ** 30
const percent = (value: number) => ({ kind: 'percent', percent: value }) as const
const bytes = (value: number) => ({ kind: 'bytes', bytes: value }) as const
const limits = { warn: percent(10), fail: percent(5), warnInodesPercent: 10, failInodesPercent: 5 }
const use = { freeBytes: 50 * GIB, totalBytes: 100 * GIB, freeInodes: 500, totalInodes: 1000 }

const query = (paths: readonly string[], changes: Partial<DiskSpaceCheck> = {}) =>
  runCheck({ kind: 'disk-space', paths, ...limits, timeoutMs: 120_000, ...changes }, {} as never, new AbortController().signal)

describe('the decision about free space', () => {
  it('uses the worse of bytes and inodes, with the limit in the reason', () => {
    const cases: readonly (readonly [Partial<typeof use>, Partial<Parameters<typeof decideDiskSpace>[2]>, string, RegExp])[] = [
      [{}, {}, 'ok', /^50 GiB \(50 %\) free on "\/b"$/u],
      [{ freeBytes: 10 * GIB }, {}, 'ok', /free/u],
      [{ freeBytes: 10 * GIB - 1 }, {}, 'warn', /^only 10 GiB \(10\.0 %\) free on "\/b", less than 10 GiB$/u],
      [{ freeBytes: 5 * GIB }, {}, 'warn', /less than 10 GiB$/u],
      [{ freeBytes: 5 * GIB - 1 }, {}, 'fail', /^only 5\.0 GiB \(5\.0 %\) free on "\/b", less than 5\.0 GiB$/u],
      [{ freeInodes: 99 }, {}, 'warn', /^only 99 \(9\.9 %\) inodes free on "\/b", less than 100$/u],
      [{ freeInodes: 0 }, {}, 'fail', /^only 0 \(0\.0 %\) inodes free/u],
      [{ freeInodes: 0, freeBytes: 0 }, {}, 'fail', /^only 0 B .*; only 0 \(0\.0 %\) inodes free/u],
      [{ freeInodes: 0, totalInodes: 0 }, {}, 'ok', /^50 GiB/u],
      [{ freeBytes: 0, totalBytes: 0 }, {}, 'ok', /^0 B \(0 %\) free/u],
      [{}, { warn: bytes(60 * GIB), fail: bytes(GIB) }, 'warn', /less than 60 GiB$/u],
      [{}, { warn: percent(10), fail: bytes(51 * GIB) }, 'fail', /less than 51 GiB$/u],
    ]
    for (const [found, allowed, status, reason] of cases) {
      const result = decideDiskSpace('/b', { ...use, ...found }, { ...limits, ...allowed })
      assert.equal(result.status, status, JSON.stringify([found, allowed]))
      assert.match(result.reason, reason)
      assert.equal(result.hint === undefined, status === 'ok')
    }
  })

  it('keeps the numbers with their limits', () => {
    assert.deepEqual(decideDiskSpace('/b', use, limits).facts, [
      { label: '/b free', value: 50 * GIB, unit: 'B', warn: `${10 * GIB}:`, fail: `${5 * GIB}:`, min: '0', max: String(100 * GIB) },
      { label: '/b inodes free', value: 500, unit: '', warn: '100:', fail: '50:', min: '0', max: '1000' },
    ])
  })
})

describe('a check of free space', () => {
  it('excludes the space reserved for root', () => {
    assert.deepEqual(parseUse('4096 1000 300 200 50 40 ef53\n'), { freeBytes: 200 * 4096, totalBytes: 900 * 4096, freeInodes: 40, totalInodes: 50 })
    for (const text of ['', '? ? ? ? ? ?', '1 2 3', '-1 2 3 4 5 6 7', '1 2 3 4 5 6']) assert.equal(parseUse(text), undefined)
    // Without free inodes: full, or, on FUSE, not counted.
    assert.deepEqual(
      ['ef53', '65735546'].map((type) => parseUse(`4096 10 9 9 50 0 ${type}`)?.totalInodes),
      [50, 0],
    )
  })

  it('queries the file system of a path', async () => {
    const found = await fileSystemUse('/proc', new AbortController().signal)
    assert.deepEqual(found, { freeBytes: 0, totalBytes: 0, freeInodes: 0, totalInodes: 0 })
    assert.equal((await query([tmpdir()], { warn: bytes(1), fail: bytes(0), warnInodesPercent: 0, failInodesPercent: 0 })).status, 'ok')
    assert.equal((await query([tmpdir()], { warn: percent(100), fail: percent(100) })).status, 'fail')
  })

  it('is unknown for a missing path, and checks the others', async () => {
    const { status, reason } = await query(['/no/such/folder', tmpdir(), '-c'], { warn: bytes(1e18), fail: bytes(0), failInodesPercent: 0 })
    assert.equal(status, 'unknown')
    assert.match(reason, /^"\/no\/such\/folder" does not exist or cannot be accessed; "-c" .*; only .* free on/u)
  })

  it('does not wait for a dead mount, and checks the others', { skip: cannotMountDead() }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'disk-space-'))
    const mount = mountDead(join(folder, 'dead'))
    try {
      const dead = join(folder, 'dead')
      const { status, reason, facts } = await query([dead, join(dead, 'below'), folder], { timeoutMs: scaledMs(3000) })
      assert.equal(status, 'unknown')
      assert.ok(reason.startsWith(`no answer from the file system of "${dead}"; no answer from the file system of "${dead}/below"`), reason)
      assert.ok(facts.some(({ label }) => label === `${folder} free`))
    } finally {
      mount.end()
      rmSync(folder, { recursive: true })
    }
  })
})
