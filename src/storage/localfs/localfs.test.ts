import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { call, nextRun, openLocalfs, publishFiles, writeFile } from '../../../test/support/localfs.ts'
import { tryLock } from '../../process/tool/flock.ts'

const SET = '2026-01-02T03:04:05+00:00'

describe('localfsStorage', () => {
  let folder: string
  let root: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'localfs-'))
    root = join(folder, 'p1', 'p2', 'root')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const modeOf = (...path: string[]) => (lstatSync(join(root, ...path)).mode & 0o7777).toString(8)
  const underUmask = async (mask: number, work: () => Promise<void>) => {
    const before = process.umask(mask)
    try {
      await work()
    } finally {
      process.umask(before)
    }
  }

  it('gives folders their modes less the umask, files theirs exactly', async () => {
    await underUmask(0o022, async () => {
      await publishFiles(openLocalfs(root, { folderMode: 0o777, fileMode: 0o604 }), SET, { 'a/b/c/f.txt': 'x', 'top.txt': 'y' })
    })
    assert.deepEqual([modeOf('..', '..'), modeOf(), modeOf(SET)], ['755', '755', '755'])
    assert.deepEqual([modeOf(SET, 'a'), modeOf(SET, 'a/b'), modeOf(SET, 'a/b/c')], ['755', '755', '755'])
    assert.deepEqual([modeOf(SET, 'top.txt'), modeOf(SET, 'a/b/c/f.txt')], ['604', '604'])
  })

  it('is not empty where it is no folder', async () => {
    writeFileSync(join(folder, 'p1'), '')
    for (const path of [root, join(folder, 'p1')])
      await assert.rejects(
        async () => {
          for await (const { key } of openLocalfs(path).list('', call)) assert.fail(key)
        },
        { code: 'storage/broken', message: new RegExp(`^could not open "${path}": a part of the path is not a folder`, 'u') },
      )
  })

  it('distinguishes folders with files from those between', async () => {
    await underUmask(0o027, async () => {
      await publishFiles(openLocalfs(root, { folderMode: 0o770 }), SET, { 'a/b/f': 'x', 'c/g': 'y', 'c/d/h': 'z' })
    })
    assert.deepEqual([modeOf(SET), modeOf(SET, 'a'), modeOf(SET, 'a/b'), modeOf(SET, 'c'), modeOf(SET, 'c/d')], ['750', '750', '750', '750', '750'])
    await underUmask(0o002, async () => {
      await publishFiles(openLocalfs(root, { folderMode: 0o700 }), `${SET}x`, { 'a/b/f': 'x' })
    })
    assert.deepEqual([modeOf(`${SET}x`), modeOf(`${SET}x`, 'a'), modeOf(`${SET}x`, 'a/b')], ['700', '775', '700'])
  })

  it('keeps the group that the root hands down', async () => {
    mkdirSync(root, { recursive: true })
    execFileSync('chmod', ['g+s', root])
    await publishFiles(openLocalfs(root), SET, { 'a/f': 'x' })
    assert.deepEqual([modeOf(SET), modeOf(SET, 'a')], ['2750', '2750'])
  })

  it('is invisible and private before the set is published', async () => {
    const storage = openLocalfs(root)
    const work = await storage.folders.begin(nextRun(), call)
    await writeFile(work, 'a/f', 'secret')
    const half = await work.openFile('half')
    writeSync(half.fd, 'half')
    assert.deepEqual(readdirSync(root), ['.holdfast-work'])
    assert.deepEqual(await storage.folders.listFolders(call), [])
    for await (const { key } of storage.list('', call)) assert.fail(key)
    assert.equal(modeOf('.holdfast-work'), '700')
    const [run = ''] = readdirSync(join(root, '.holdfast-work')).filter((name) => name !== 'lock')
    assert.equal(modeOf('.holdfast-work', run, 'set', 'half'), '600')
    assert.equal(modeOf('.holdfast-work', run, 'set', 'a'), '700')
    await half.close()
    await work.abandon()
    await work.abandon()
    assert.deepEqual(readdirSync(root), [])
  })

  it('publishes the complete set at once, and leaves nothing else', async () => {
    const storage = openLocalfs(root)
    await publishFiles(storage, SET, { 'a/f': 'one', 'manifest.json': '{}' })
    assert.deepEqual(readdirSync(root), [SET])
    assert.equal(readFileSync(join(root, SET, 'a/f'), 'utf8'), 'one')
    assert.deepEqual(await storage.folders.listFolders(call), [SET])
    assert.equal(await storage.folders.sizeOf(SET, call), 5n)
    assert.deepEqual(storage.notes, [])
  })

  for (const [what, put] of [
    ['an empty folder', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a link that leads nowhere', (path: string) => symlinkSync('/nowhere', path)],
  ] as const) {
    it(`never replaces ${what}`, async () => {
      const storage = openLocalfs(root)
      mkdirSync(root, { recursive: true })
      put(join(root, SET))
      const before = lstatSync(join(root, SET)).ino
      const work = await storage.folders.begin(nextRun(), call)
      await writeFile(work, 'f', 'x')
      assert.equal(await storage.folders.isTaken(SET, call), true)
      await assert.rejects(
        storage.folders.withRootLock(call, () => work.publish(SET, call)),
        { code: 'storage/exists' },
      )
      await work.abandon()
      assert.equal(lstatSync(join(root, SET)).ino, before)
      assert.deepEqual(readdirSync(root), [SET])
    })
  }

  it('refuses to publish while a file is not finished', async () => {
    const storage = openLocalfs(root)
    const work = await storage.folders.begin(nextRun(), call)
    const file = await work.openFile('f')
    await assert.rejects(
      storage.folders.withRootLock(call, () => work.publish(SET, call)),
      /"f" is incomplete/u,
    )
    await file.close()
    await work.abandon()
  })

  it('refuses paths that lead out of the set, and one path twice', async () => {
    const work = await openLocalfs(root).folders.begin(nextRun(), call)
    for (const path of ['../f', '/etc/f', 'a/../../f', '']) await assert.rejects(work.openFile(path), { code: 'storage/broken' })
    await writeFile(work, 'f', 'x')
    await assert.rejects(work.openFile('f'), { code: 'storage/exists' })
    await work.abandon()
  })

  it('publishes nothing after an abort', async () => {
    const storage = openLocalfs(root)
    const work = await storage.folders.begin(nextRun(), call)
    await writeFile(work, 'f', 'x')
    await assert.rejects(
      storage.folders.withRootLock(call, () => work.publish(SET, { signal: AbortSignal.abort() })),
      { code: 'storage/aborted' },
    )
    await work.abandon()
    assert.deepEqual(readdirSync(root), [])
  })

  it('reserves space without changing the length', async (t) => {
    const storage = openLocalfs(root)
    const work = await storage.folders.begin(nextRun(), call)
    const file = await work.openFile('f', { reserveBytes: 1_000_000 })
    const path = `/proc/self/fd/${file.fd}`
    const reserved = statSync(path)
    if (reserved.blocks === 0) t.diagnostic('this file system cannot reserve')
    assert.equal(reserved.size, 0)
    writeSync(file.fd, 'short')
    await file.finish()
    await storage.folders.withRootLock(call, () => work.publish(SET, call))
    const finished = statSync(join(root, SET, 'f'))
    assert.equal(finished.size, 5)
    assert.ok(finished.blocks * 512 < 1_000_000, 'the reserve was given back')
  })

  it('lists only real folders in the root', async () => {
    const storage = openLocalfs(root)
    await publishFiles(storage, SET, { f: 'x' })
    mkdirSync(join(root, 'lost+found'))
    mkdirSync(join(root, '.hidden'))
    writeFileSync(join(root, 'README'), 'mine')
    symlinkSync('/etc', join(root, '1-link'))
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff, 0xfe])]))
    assert.deepEqual((await storage.folders.listFolders(call)).toSorted(), [SET, 'lost+found'])
  })

  it('lists nothing in a missing root', async () => {
    const storage = openLocalfs(join(folder, 'nowhere'))
    assert.deepEqual(await storage.folders.listFolders(call), [])
    assert.deepEqual(readdirSync(folder), [])
  })

  it('rejects a link as the work folder', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(root, { recursive: true })
    symlinkSync(join(folder, 'elsewhere'), join(root, '.holdfast-work'))
    await assert.rejects(openLocalfs(root).folders.begin(nextRun(), call), { code: 'storage/exists' })
    assert.deepEqual(readdirSync(join(folder, 'elsewhere')), [])
  })

  it('resolves a relative root in the working folder', async () => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      const storage = openLocalfs('rel/sets')
      process.chdir(before)
      await publishFiles(storage, SET, { f: 'x' })
    } finally {
      process.chdir(before)
    }
    assert.deepEqual(readdirSync(join(folder, 'rel/sets')), [SET])
  })

  it('lets one process at a time publish or expire', async () => {
    mkdirSync(root, { recursive: true })
    const [one, two] = [openLocalfs(root), openLocalfs(root)]
    const order: string[] = []
    let enter: (() => void) | undefined
    const entered = new Promise<void>((resolve) => {
      enter = resolve
    })
    let second: Promise<void> | undefined
    await one.folders.withRootLock(call, async () => {
      second = two.folders.withRootLock(call, async () => {
        order.push('second')
      })
      enter?.()
      await entered
      // Long enough for the second to get in, were it let in.
      await one.folders.isTaken('x', call)
      spawnSync('true')
      order.push('first')
    })
    await second
    assert.deepEqual(order, ['first', 'second'])
    assert.deepEqual(readdirSync(root), [])
  })

  it('keeps its turn although the one before removed the work area', async () => {
    mkdirSync(root, { recursive: true })
    const [one, two] = [openLocalfs(root), openLocalfs(root)]
    let second: Promise<void> | undefined
    await one.folders.withRootLock(call, async () => {
      second = two.folders.withRootLock(call, async () => {
        const lock = openSync(join(root, '.holdfast-work/lock'), 'r+')
        assert.equal(await tryLock(lock), false, 'the lock that others find is the one held')
        closeSync(lock)
      })
      // It waits for the lock that is about to go.
      await setTimeout(200)
    })
    await second
  })

  it('makes nothing for the lock of a root that is not there', async () => {
    assert.equal(await openLocalfs(root).folders.withRootLock(call, async () => 'done'), 'done')
    assert.equal(existsSync(root), false)
  })

  it('stops waiting on an abort', async () => {
    mkdirSync(root, { recursive: true })
    const [one, two] = [openLocalfs(root), openLocalfs(root)]
    const stop = new AbortController()
    await one.folders.withRootLock(call, async () => {
      const waiting = two.folders.withRootLock({ signal: stop.signal }, async () => assert.fail('it got in'))
      stop.abort()
      await assert.rejects(waiting, { code: 'storage/aborted' })
    })
  })

  it('does not hold more memory or descriptors for ten thousand small files', async () => {
    const storage = openLocalfs(root)
    const work = await storage.folders.begin(nextRun(), call)
    const descriptors = readdirSync('/proc/self/fd').length
    for (let index = 0; index < 10_000; index++) {
      const file = await work.openFile(`d${index % 100}/f${index}`)
      // Flushing ten thousand files takes long, and is tested elsewhere.
      await file.close()
    }
    assert.ok(readdirSync('/proc/self/fd').length <= descriptors + 2)
    await work.abandon()
    assert.deepEqual(readdirSync(root), [])
  })
})
