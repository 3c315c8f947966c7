import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { closeLocalfs, exitCodeOf, nextRun, openLocalfs } from '../../../test/support/localfs.ts'
import { skipHere } from '../../../test/support/requires.ts'
import { bodyOf, call } from '../storage.suite.ts'
import { storageErrorOf } from '../system-errors.ts'

describe('localfsStorage on file systems in trouble', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'faults-'))
  })
  afterEach(async () => {
    await closeLocalfs()
    exitCodeOf('umount', root)
    rmSync(root, { recursive: true, force: true })
  })

  const mounted = (t: TestContext, ...options: string[]) => {
    if (exitCodeOf('mount', ...options, root) === 0) return true
    skipHere(t, 'mounting needs root')
    return false
  }

  it('reports a full device, with a hint', async (t) => {
    if (!mounted(t, '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs')) return
    const storage = openLocalfs(root)
    await assert.rejects(storage.put('large', bodyOf(Buffer.alloc(1_000_000)), call), {
      code: 'storage/full',
      message: `could not write "${root}/large": no space left on device`,
      hint: /df -i/u,
    })
    assert.deepEqual(readdirSync(root), [])
    await storage.put('small', bodyOf('x'), call)
    assert.ok(((await storage.freeBytes?.(call)) ?? 0) <= 256 * 1024)
  })

  it('also reports missing inodes, and still cleans up', async (t) => {
    if (!mounted(t, '-t', 'tmpfs', '-o', 'size=1m,nr_inodes=12', 'tmpfs')) return
    const work = await openLocalfs(root).folders.begin(nextRun(), call)
    await assert.rejects(
      async () => {
        for (let index = 0; index < 20; index++) await (await work.openFile(`f${index}`)).finish()
      },
      { code: 'storage/full', message: /^could not create ".*\/f\d+": no space left/u },
    )
    await work.abandon()
    assert.deepEqual(readdirSync(root), [])
  })

  it('abandons a set on a full device', async (t) => {
    if (!mounted(t, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs')) return
    const work = await openLocalfs(root).folders.begin(nextRun(), call)
    const file = await work.openFile('f')
    assert.throws(
      () => {
        for (;;) writeSync(file.fd, Buffer.alloc(4096))
      },
      { code: 'ENOSPC' },
    )
    await file.close()
    await work.abandon()
    assert.deepEqual(readdirSync(root), [])
  })

  it('reports a read-only file system', async (t) => {
    if (!mounted(t, '-t', 'tmpfs', '-o', 'ro', 'tmpfs')) return
    const storage = openLocalfs(root)
    await assert.rejects(storage.folders.begin(nextRun(), call), {
      code: 'storage/denied',
      message: /\.holdfast-work": read-only file system$/u,
    })
    // Listing needs no writing.
    assert.deepEqual(await storage.folders.listFolders(call), [])
  })

  it('reports a file in place of the root', async () => {
    mkdirSync(join(root, 'x'))
    await openLocalfs(root).put('file', bodyOf('x'), call)
    await assert.rejects(openLocalfs(join(root, 'file')).folders.begin(nextRun(), call), { code: /^storage\/(?:exists|broken)$/u })
    await assert.rejects(openLocalfs(join(root, 'file/below')).folders.begin(nextRun(), call), { code: 'storage/broken', message: /not a folder/u })
  })
})

describe('localfsStorage on file systems that are able to do less', () => {
  const PROGRAM = fileURLToPath(new URL('../../../test/programs/make-sets.ts', import.meta.url))

  for (const [call, error, note] of [
    ['fsync', 'EINVAL', /does not support flushing/u],
    ['fchmod', 'EPERM', /does not support the requested modes/u],
  ] as const) {
    it(`publishes where ${call} is refused, and notes it once`, (t) => {
      const root = mkdtempSync(join(tmpdir(), 'refusing-'))
      try {
        const strace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}`]
        const { status, stdout, stderr } = spawnSync('strace', [...strace, process.execPath, PROGRAM, root, '1'], { encoding: 'utf8' })
        if (status === null || /PTRACE|not permitted/u.test(stderr)) return skipHere(t, 'strace is missing or may not trace')
        assert.equal(status, 0, stderr)
        assert.match(stderr, note)
        assert.equal(stderr.trim().split('\n').length, 1)
        assert.deepEqual(readdirSync(root), [stdout.trim()])
      } finally {
        rmSync(root, { recursive: true })
      }
    })
  }
})

describe('storageErrorOf', () => {
  const system = (code: string) => Object.assign(new Error(`${code}: whatever`), { code })

  it('explains the errors that an administrator can correct', () => {
    const table = { ENOSPC: 'full', EDQUOT: 'full', EROFS: 'denied', EACCES: 'denied', EIO: 'broken', ESTALE: 'unreachable', ENOENT: 'not-found' }
    for (const [code, kind] of Object.entries(table)) assert.equal(storageErrorOf(system(code), 'write', '/x').code, `storage/${kind}`, code)
    assert.match(storageErrorOf(system('EIO'), 'write', '/x').hint ?? '', /kernel log/u)
  })

  it('passes on unknown errors', () => {
    assert.equal(storageErrorOf(system('EWHATEVER'), 'write', '/x').message, 'could not write "/x": EWHATEVER: whatever')
  })

  it('keeps a message on one line', () => {
    assert.equal(storageErrorOf(system('EIO'), 'write', '/a\nb').message, 'could not write "/a\\nb": input/output error')
  })
})
