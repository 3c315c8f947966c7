import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { archiveFiles, archiveStep, archiveWork, dumpFiles } from '../../../test/support/archive.ts'
import { kristaTree } from '../../../test/support/krista-tree.ts'
import { lacks } from '../../../test/support/lacks.ts'
import type { ArchiveStep, FileSet } from '../../plan/dated-files.ts'
import type { TestFilesStep } from '../../plan/steps/host-steps.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { makeArchive } from '../make/make-archive.ts'
import { testNewest } from './test-newest.ts'

const NAME = 'etc-20260301_024000-0'
const DUMP = 'db-app-20260301_024000'
const END = '--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n\n'

let top: string
let target: string
let processes: Processes
let count = 0

before(() => {
  top = mkdtempSync(join(tmpdir(), 'test-newest-'))
  processes = openProcesses({ runId: `test-newest-${process.pid}` })
  kristaTree(join(top, 'src'))
})
after(async () => {
  await processes.close()
  rmSync(top, { recursive: true })
})
beforeEach(() => {
  target = join(top, `out${count++}`)
})

async function make(changes: Partial<ArchiveStep> = {}, at = '2026-03-01T02:40:00') {
  await makeArchive(
    archiveStep(join(top, 'src'), target, { files: archiveFiles(target, 0, { digests: true }), ...changes }),
    archiveWork(processes, at).work,
  )
}

async function test(files: FileSet, changes: Partial<TestFilesStep> = {}) {
  const { work, notes, events } = archiveWork(processes, '2026-03-02T00:00:00')
  await testNewest({ kind: 'test-files', sets: [{ name: 'etc', files }], ...changes }, work)
  return { notes, told: events.flatMap((it) => (it.kind === 'step-told' ? [it.text] : [])) }
}

const digested = () => archiveFiles(target, 0, { digests: true })
const folder = () => join(target, '0')

describe('testNewest', () => {
  it('accepts complete files of every format and compression', { skip: lacks('gzip', 'bzip2', 'xz', 'unzip') }, async () => {
    for (const [container, compression, extension] of [
      ['tar', 'gzip', 'tar.gz'],
      ['tar', 'bzip2', 'tar.bz2'],
      ['tar', 'xz', 'xz'],
      ['zip', 'deflate', 'zip'],
    ] as const) {
      rmSync(target, { recursive: true, force: true })
      const files = archiveFiles(target, 0, { extension })
      await make({ files, container, compression })
      assert.deepEqual(await test(files), { notes: [], told: [`"${join(folder(), `${NAME}.${extension}`)}" is complete`] })
      // Without a digest, what is cut off is seen by what is in it.
      const path = join(folder(), `${NAME}.${extension}`)
      const bytes = readFileSync(path)
      for (const length of [bytes.length - 10, Math.floor(bytes.length / 2), 1, 0]) {
        truncateSync(path, 0)
        writeFileSync(path, bytes.subarray(0, length))
        assert.match((await test(files)).notes.join('\n'), /could not read .* to the end|is empty|unknown archive format/u, `${extension} ${length}`)
      }
    }
  })

  it('finds members that are missing, and the end of a tar file that is missing', { skip: lacks('gzip', 'unzip') }, async () => {
    const files = archiveFiles(target)
    await make({ files })
    const archive = join(folder(), `${NAME}.tar.gz`)
    const list = join(folder(), `${NAME}.list`)
    const pack = (script: string) => execFileSync('sh', ['-c', script, 'sh', archive], { cwd: join(top, 'src') })
    const findings = async () => (await test(files)).notes.join('\n')
    const whole = readFileSync(archive)
    // The members, and no end: the file was cut between two of them.
    pack('tar -cf - one.txt na,me.txt | head -c 2048 | gzip > "$1"')
    assert.match(await findings(), /is truncated: it does not end with two blocks of zeros/u)
    pack('tar -cf - one.txt na,me.txt | gzip > "$1"')
    assert.match(await findings(), /" has 2 members, expected \d+$/u)
    pack('head -c 10240 /dev/zero | gzip > "$1"')
    assert.match(await findings(), /" has 0 members, expected \d+$/u)
    rmSync(list)
    assert.match(await findings(), /" is an archive without members$/u)
    writeFileSync(archive, whole)
    assert.equal(await findings(), '')
    // A name with a line break is packed, and not listed.
    writeFileSync(join(top, 'src', 'two\nlines'), '')
    try {
      rmSync(archive)
      await make({ files, overwrite: true })
      assert.equal(await findings(), '')
    } finally {
      rmSync(join(top, 'src', 'two\nlines'))
    }
    const zips = archiveFiles(target, 0, { extension: 'zip' })
    rmSync(target, { recursive: true })
    await make({ files: zips, container: 'zip', compression: 'deflate' })
    assert.deepEqual((await test(zips)).notes, [])
    execFileSync('python3', ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").writestr("one", "1")', join(folder(), `${NAME}.zip`)])
    assert.match((await test(zips)).notes.join('\n'), /" has 1 members, expected \d+$/u)
  })

  it('accepts a level 1 without members', { skip: lacks('gzip') }, async () => {
    await make({})
    await make({ files: archiveFiles(target, 1) }, '2026-03-01T03:00:00')
    const level1 = archiveFiles(target, 1)
    assert.deepEqual((await test(level1)).notes, [])
    rmSync(join(target, '1/etc-20260301_030000-1.list'))
    assert.deepEqual((await test(level1)).notes, [])
  })

  it('accepts a zip file without members only where one can be complete', { skip: lacks('unzip', 'python3') }, async () => {
    rmSync(target, { recursive: true, force: true })
    const empty = ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").close()']
    for (const level of [0, 1] as const) {
      mkdirSync(join(target, String(level)), { recursive: true })
      const base = join(target, String(level), `etc-20260301_030000-${level}`)
      execFileSync('python3', [...empty, `${base}.zip`])
      const files = archiveFiles(target, level, { extension: 'zip' })
      const findings = async () => (await test(files)).notes.join('\n')
      assert.match(await findings(), level === 0 ? /" is an archive without members$/u : /^$/u)
      writeFileSync(`${base}.list`, '/srv/x\n')
      assert.equal(await findings(), '')
      writeFileSync(`${base}.list`, '/srv/x\n1.0,1,a\n')
      assert.match(await findings(), /" has 0 members, expected 1$/u)
      truncateSync(`${base}.zip`, 20)
      assert.match(await findings(), /could not read .* to the end/u)
    }
  })

  it('tests the newest files, without those dated in the future', { skip: lacks('gzip') }, async () => {
    rmSync(target, { recursive: true, force: true })
    await make({})
    writeFileSync(join(folder(), 'etc-20990101_000000-0.tar.gz'), 'x')
    const { notes, told } = await test(archiveFiles(target))
    assert.match(notes.join(), /20990101.* is dated in the future/u)
    assert.deepEqual(told, [`"${join(folder(), `${NAME}.tar.gz`)}" is complete`])
  })

  it('notes files that could not be tested', { skip: lacks('xz', 'unzip') }, async () => {
    for (const digests of [true, false]) {
      rmSync(target, { recursive: true, force: true })
      const files = archiveFiles(target, 0, { extension: 'zip', digests })
      await make({ files, container: 'zip', compression: 'lzma' })
      const { notes, told } = await test(files)
      assert.match(notes.join(), /^".*" was not tested: unzip does not support/u)
      assert.deepEqual(told, digests ? [`"${join(folder(), `${NAME}.zip`)}" matches its digest`] : [])
    }
  })

  it('finds what differs from its digest', async () => {
    await make()
    const path = join(folder(), `${NAME}.tar.gz`)
    writeFileSync(path, execFileSync('gzip', ['-c', join(folder(), `${NAME}.list`)]))
    assert.match((await test(digested())).notes.join('\n'), /does not match the digest in ".*hash"/u)
    writeFileSync(path.replace('tar.gz', 'hash'), execFileSync('sha1sum', [path]).subarray(0, 40))
    assert.match((await test(digested())).notes.join('\n'), /could not read .* to the end/u)
    rmSync(path.replace('tar.gz', 'hash'))
    assert.match((await test(digested())).notes.join('\n'), /the digest of ".*" is missing/u)
  })

  it('looks at the newest, which may be missing', async () => {
    await make()
    cpSync(folder(), join(top, 'kept'), { recursive: true })
    truncateSync(join(folder(), `${NAME}.tar.gz`), 100)
    await make({}, '2026-03-01T03:00:00')
    assert.deepEqual((await test(digested())).notes, [])
    rmSync(join(folder(), 'etc-20260301_030000-0.tar.gz'))
    assert.deepEqual((await test(digested())).notes, [`the newest backup of "${folder()}" is missing`])
    rmSync(folder(), { recursive: true })
    assert.deepEqual((await test(digested())).notes, ['no files to test for "etc"'])
  })

  it('fails where it is to fail, after all sets', async () => {
    await make()
    const { notes } = archiveWork(processes, '2026-03-02T00:00:00')
    truncateSync(join(folder(), `${NAME}.tar.gz`), 100)
    const good = archiveFiles(target, 1)
    const sets = [
      { name: 'one', files: digested() },
      { name: 'two', files: good },
    ]
    await assert.rejects(test(digested(), { sets, onBroken: 'fail' }), /does not match the digest/u)
    assert.deepEqual(notes, [])
    assert.equal((await test(digested(), { sets })).notes.length, 2)
  })

  it('tests dumps', async () => {
    mkdirSync(target)
    const path = join(target, `${DUMP}.pgdump`)
    const files = dumpFiles(target, ['app'], { digests: false })
    assert.match((await test(files)).notes.join('\n'), /the newest backup of the database "app" .* is missing/u)
    writeFileSync(path, `-- a dump\n${END}`)
    assert.deepEqual((await test(files)).notes, [])
    writeFileSync(path, '-- a dump\n')
    assert.match((await test(files)).notes.join('\n'), /is truncated/u)
    writeFileSync(path, '')
    assert.match((await test(files)).notes.join('\n'), /is empty/u)
  })

  it('changes nothing', async () => {
    await make()
    const before = readdirSync(target, { recursive: true })
    await test(digested())
    assert.deepEqual(readdirSync(target, { recursive: true }), before)
  })
})
