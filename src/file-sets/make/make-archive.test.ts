import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { archiveFiles, archiveStep, archiveWork, nameFormat, SCHEME } from '../../../test/support/archive.ts'
import { kristaTree, touched } from '../../../test/support/krista-tree.ts'
import { requires } from '../../../test/support/requires.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import type { ArchiveLevel, ArchiveStep } from '../../plan/dated-files.ts'
import type { Processes } from '../../process/processes.ts'
import { ArchiveError } from '../errors.ts'
import { makeArchive } from './make-archive.ts'

const golden = fileURLToPath(new URL('../../../test/golden/krista/basic', import.meta.url))

let top: string
let source: string
let target: string
let processes: Processes

withProcesses('archive', (opened) => {
  ;({ folder: top, processes } = opened)
  source = join(top, 'src')
  target = join(top, 'out')
  kristaTree(source)
})

async function make(changes: Partial<ArchiveStep> = {}, began = '2026-03-01T02:40:00') {
  const told = archiveWork(processes, began)
  await makeArchive(archiveStep(source, target, changes), told.work)
  return told
}

function level(number: ArchiveLevel, changes: Partial<ReturnType<typeof archiveFiles>> = {}) {
  return { files: archiveFiles(target, number, changes) }
}

function failure(promise: Promise<unknown>): Promise<ArchiveError> {
  return promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => {
      assert.ok(error instanceof ArchiveError, String(error))
      return error
    },
  )
}

const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1)
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8)
const members = (path: string) =>
  execFileSync('tar', ['--list', '--quoting-style=literal', '-f', path], { encoding: 'utf8' }).split('\n').slice(0, -1)
// Folders have sizes that the file system chooses.
const sizeless = (line: string) => line.replace(/,4096,|,\d+,(?=(?:x|x\/data|x\/data\/deep|empty|data|sp ace|a|a\/b)$)/u, ',*,')

const EXCLUDED = { exclude: { language: 'shell', patterns: ['*/data/*', '*.log'] } } as const

describe('makeArchive, tar', () => {
  it('writes the list that was always written, links to folders and dangling ones added', async () => {
    await make({ ...EXCLUDED, ...level(0, { digests: true }) })
    const recorded = linesOf(join(golden, '0/etc-20260301_024000-0.list'))
    const made = linesOf(join(target, '0/etc-20260301_024000-0.list'))
    assert.equal(made[0], join(target, '0/etc-20260301_024000-0.tar.gz'))
    const [ours, theirs] = [made.slice(1).map(sizeless), recorded.slice(1).map(sizeless)]
    assert.deepEqual(
      theirs.filter((line) => !ours.includes(line)),
      [],
    )
    assert.deepEqual(ours.filter((line) => !theirs.includes(line)).toSorted(), ['1650000000.5,1,link_to_dir', '1650000000.5,12,broken'])
  })

  it('stores the listed files, with the digest of the archive, and leaves nothing else', async () => {
    await make({ ...EXCLUDED, ...level(0, { digests: true }) })
    const archive = join(target, '0/etc-20260301_024000-0.tar.gz')
    const listed = linesOf(join(target, '0/etc-20260301_024000-0.list')).slice(1)
    assert.deepEqual(
      members(archive)
        .map((it) => it.replace(/\/$/u, ''))
        .toSorted(),
      listed.map((it) => it.replace(/^[^,]*,[^,]*,/u, '')).toSorted(),
    )
    const sum = execFileSync('sha1sum', [archive], { encoding: 'utf8' }).slice(0, 40)
    assert.equal(readFileSync(join(target, '0/etc-20260301_024000-0.hash'), 'latin1'), sum)
    assert.deepEqual(readdirSync(join(target, '0')).toSorted(), [
      'etc-20260301_024000-0.hash',
      'etc-20260301_024000-0.list',
      'etc-20260301_024000-0.tar.gz',
    ])
  })

  it('makes a level 1 over a recorded archive and list; both restored make the tree', async () => {
    mkdirSync(join(target, '0'), { recursive: true })
    cpSync(join(golden, '0'), join(target, '0'), { recursive: true })
    // What the ancestor left out is left out of the tree too.
    for (const name of ['link_to_dir', 'broken']) unlinkSync(join(source, name))
    writeFileSync(join(source, 'a/two.txt'), 'longer..')
    touched(join(source, 'a/two.txt'), 1_700_000_000.1234567)
    execFileSync('touch', ['-d', '2023-11-14T22:13:20.123456789Z', join(source, 'a/two.txt'), join(source, 'a')])
    touched(join(source, 'na,me.txt'), 1_700_000_001)
    writeFileSync(join(source, 'new.txt'), 'new\n')
    touched(join(source, 'new.txt'), 1_700_000_005)
    const { notes } = await make({ ...EXCLUDED, ...level(1, { digests: true }) }, '2026-03-02T02:40:00')
    assert.deepEqual(notes, [])
    const made = linesOf(join(target, '1/etc-20260302_024000-1.list')).slice(1)
    const recorded = linesOf(join(golden, '1/etc-20260302_024000-1.list')).slice(1)
    const isFolder = (line: string) => /,(?:x|x\/data|empty|data|sp ace|a|a\/b)$/u.test(line)
    assert.deepEqual(made.filter((it) => !isFolder(it)).toSorted(), recorded.toSorted())

    const restored = join(top, 'restored')
    mkdirSync(restored)
    for (const path of ['0/etc-20260301_024000-0.tar.gz', '1/etc-20260302_024000-1.tar.gz'])
      execFileSync('tar', ['-xf', join(target, path), '-C', restored])
    const excluded = ['d2', 'd3', 'deep', '*.log'].flatMap((it) => ['-x', it])
    assert.equal(execFileSync('diff', ['-r', '--no-dereference', ...excluded, source, restored], { encoding: 'utf8' }), '')
  })

  it('packs almost nothing if nothing has changed, and everything without a level 0', async () => {
    const first = await make(level(1))
    assert.match(first.notes.join(), /no level 0/u)
    assert.ok(existsSync(join(target, '0/etc-20260301_024000-0.tar.gz')))
    const second = await make(level(1), '2026-03-02T02:40:00')
    assert.deepEqual(second.notes, [])
    assert.equal(linesOf(join(target, '1/etc-20260302_024000-1.list')).length, 1)
    assert.deepEqual(members(join(target, '1/etc-20260302_024000-1.tar.gz')), [])
  })

  it('does not use damaged remains as a base', async () => {
    await make()
    const whole = readFileSync(join(target, '0/etc-20260301_024000-0.list'))
    writeFileSync(join(target, '0/etc-20260303_000000-0.list'), whole.subarray(0, whole.indexOf(10) + 1))
    writeFileSync(join(target, '0/etc-20260304_000000-0.list'), whole.subarray(0, -3))
    writeFileSync(join(target, '0/etc-20260305_000000-0.list'), '')
    writeFileSync(join(target, '0/etc-20260230_000000-0.list'), whole)
    const { notes, events } = await make(level(1), '2026-03-06T02:40:00')
    assert.equal(notes.length, 3)
    const began = events.find((it) => it.kind === 'archive-began')
    assert.deepEqual([began?.level, began?.base], [1, join(target, '0/etc-20260301_024000-0.list')])
  })

  it('looks for the archive of the list only when it must be there', async () => {
    await make()
    unlinkSync(join(target, '0/etc-20260301_024000-0.tar.gz'))
    assert.deepEqual((await make(level(1), '2026-03-02T00:00:00')).notes, [])
    assert.match((await make({ ...level(1), baseMustExist: true }, '2026-03-03T00:00:00')).notes.join(), /is missing.*no level 0/u)
  })

  it('stores and lists names of any bytes, links, pipes; leaves sockets out', async () => {
    execFileSync('python3', ['-c', 'import socket,sys;socket.socket(socket.AF_UNIX).bind(sys.argv[1])', join(source, 'socket')])
    execFileSync('mkfifo', [join(source, 'pipe')])
    execFileSync('ln', [join(source, 'one.txt'), join(source, 'hard')])
    writeFileSync(Buffer.concat([Buffer.from(`${source}/bad`), Buffer.from([0xff])]), 'x')
    writeFileSync(join(source, 'new\nline'), 'x')
    writeFileSync(join(source, '-C'), 'x')
    const { notes, events } = await make()
    const archive = join(target, '0/etc-20260301_024000-0.tar.gz')
    const listing = execFileSync('tar', ['-tvf', archive], { encoding: 'utf8' })
    assert.match(listing, /bad\\377\n/u)
    assert.match(listing, /new\\nline\n/u)
    assert.match(listing, /^p.* pipe$/mu)
    assert.match(listing, /^h/mu)
    assert.match(listing, / -C\n/u)
    assert.doesNotMatch(listing, /socket/u)
    const list = readFileSync(join(target, '0/etc-20260301_024000-0.list'))
    assert.ok(list.includes(Buffer.from([0x62, 0x61, 0x64, 0xff, 0x0a])))
    assert.equal(list.includes('new'), false)
    assert.match(notes.join(), /line break/u)
    assert.deepEqual(
      events.filter((it) => it.kind === 'file-skipped').map(({ path }) => path),
      ['socket'],
    )
    const again = await make(level(1), '2026-03-02T00:00:00')
    assert.deepEqual(
      members(join(target, '1/etc-20260302_000000-1.tar.gz')),
      ['new\\nline'].flatMap((it) => it.replace('\\n', '\n').split('\n')),
    )
    assert.match(again.notes.join(), /line break/u)
  })

  it('never packs itself', async () => {
    target = join(source, 'bk')
    await make({ ...level(0, { digests: true }) })
    const names = members(join(target, '0/etc-20260301_024000-0.tar.gz'))
    assert.ok(names.includes('bk/0/'))
    assert.deepEqual(
      names.filter((it) => it.startsWith('bk/0/') && it !== 'bk/0/'),
      [],
    )
    await make(level(0), '2026-03-02T02:40:00')
    assert.ok(members(join(target, '0/etc-20260302_024000-0.tar.gz')).includes('bk/0/etc-20260301_024000-0.tar.gz'))
  })

  it('never packs itself into a folder whose name begins with dots', async () => {
    target = join(source, '..bk')
    await make(level(0))
    const names = members(join(target, '0/etc-20260301_024000-0.tar.gz'))
    assert.deepEqual(
      names.filter((it) => it.startsWith('..bk/0/')),
      ['..bk/0/'],
    )
  })

  it('never packs itself where its folder is reached through a link', async () => {
    symlinkSync(source, `${target}-link`)
    target = `${target}-link`
    await make({ ...level(0, { digests: true }) })
    const names = members(join(target, '0/etc-20260301_024000-0.tar.gz'))
    assert.deepEqual(
      names.filter((it) => it.startsWith('0/')),
      ['0/'],
    )
  })

  it('makes files readable by owner and group only, and by the owner only while making them', async () => {
    const seen = new Set<string>()
    const { work } = archiveWork(processes, '2026-03-01T02:40:00', {
      failpoint: (point) => {
        if (point !== 'archive-packed') return
        const [part] = readdirSync(join(target, '0')).map((it) => join(target, '0', it))
        for (const path of [part ?? '', ...readdirSync(part ?? '').map((it) => join(part ?? '', it))]) seen.add(modeOf(path))
      },
    })
    await makeArchive(archiveStep(source, target, { ...level(0, { digests: true }) }), work)
    assert.deepEqual([...seen], ['700', '600'])
    const files = readdirSync(join(target, '0')).map((it) => modeOf(join(target, '0', it)))
    assert.deepEqual([modeOf(target), modeOf(join(target, '0')), ...files], ['750', '750', '640', '640', '640'])
  })

  it('lists absolute paths if configured, and stores them without their slash', async () => {
    await make({ absolutePaths: true, exclude: { language: 'shell', patterns: [`${source}/a/*`, 'a', 'x'] } })
    const listed = linesOf(join(target, '0/etc-20260301_024000-0.list')).slice(1)
    assert.ok(listed.some((it) => it.endsWith(`,${source}/x`)))
    assert.ok(listed.every((it) => it.includes(`,${source}/`)))
    assert.ok(listed.every((it) => !it.includes(`${source}/a/`)))
    assert.ok(members(join(target, '0/etc-20260301_024000-0.tar.gz')).includes(`${source.slice(1)}/one.txt`))
    assert.equal((await make({ ...level(1), absolutePaths: true }, '2026-03-02T00:00:00')).notes.length, 0)
  })

  it('has the compressions and extensions of old', async () => {
    const magic = { gzip: '1f8b', bzip2: '425a', xz: 'fd37' }
    for (const [index, [compression, extension]] of (
      [
        ['gzip', 'tar.gz'],
        ['bzip2', 'tar.bz2'],
        ['xz', 'xz'],
      ] as const
    ).entries()) {
      await make({ compression, files: archiveFiles(target, 0, { extension }) }, `2026-03-0${index + 1}T00:00:00`)
      const path = join(target, `0/etc-2026030${index + 1}_000000-0.${extension}`)
      assert.equal(readFileSync(path).subarray(0, 2).toString('hex'), magic[compression])
      assert.ok(members(path).includes('one.txt'))
    }
  })

  it('rejects an existing name, replaces it if permitted, and uses the next second in the repeated hour', async () => {
    const fixed = {
      files: archiveFiles(target, 0, {
        scheme: { ...SCHEME, archive: nameFormat('{basename}.{ext}'), archiveDigest: nameFormat('{basename}.hash') },
      }),
    }
    await make(fixed)
    const before = readFileSync(join(target, '0/etc.list'))
    assert.equal((await failure(make(fixed))).code, 'archive/exists')
    assert.deepEqual(readFileSync(join(target, '0/etc.list')), before)
    writeFileSync(join(source, 'new'), '')
    await make({ ...fixed, overwrite: true })
    assert.match(readFileSync(join(target, '0/etc.list'), 'utf8'), /,new$/mu)

    await make()
    // The same run, or one of the same second: the file is younger than the run.
    assert.equal((await failure(make())).code, 'archive/exists')
    utimesSync(join(target, '0/etc-20260301_024000-0.tar.gz'), 1000, 1000)
    await make()
    assert.ok(existsSync(join(target, '0/etc-20260301_024001-0.tar.gz')))
  })

  it('changes nothing at all when dry', async () => {
    const { events } = await make({ dry: true, overwrite: true, ...level(1) })
    assert.equal(existsSync(target), false)
    assert.equal(events.find((it) => it.kind === 'archive-ended')?.entries, 20)
    await make()
    const before = statSync(join(target, '0')).mtimeMs
    await make({ dry: true, overwrite: true })
    assert.equal(statSync(join(target, '0')).mtimeMs, before)
  })

  it('refuses a source that is missing or no folder, and leaves nothing', async () => {
    assert.equal((await failure(make({ source: join(source, 'nosuch') }))).code, 'archive/no-source')
    assert.match((await failure(make({ source: join(source, 'one.txt') }))).message, /not a folder/u)
    assert.equal(existsSync(target), false)
  })

  it('reports each file on request', async () => {
    const { events } = await make({ ...EXCLUDED, logFiles: true })
    const told = events.flatMap((it) => (it.kind === 'file-decided' ? [`${it.decision} ${it.entry ?? it.path}`] : []))
    assert.ok(told.includes('exclude x/data/d2'))
    assert.ok(told.includes('add 1600000000.0,6,one.txt'))
  })

  it('makes folders of slashes in names, and finds lists in them again', async () => {
    const files = archiveFiles(target, 0, { scheme: { ...SCHEME, archive: nameFormat('{basename}/{%Y/%m}/x-{%d}-{level}.{ext}') } })
    await make({ files })
    assert.ok(existsSync(join(target, '0/etc/2026/03/x-01-0.list')))
    const { notes } = await make({ files: { ...files, level: 1, folders: [join(target, '0'), join(target, '0')] } }, '2026-03-02T00:00:00')
    assert.deepEqual(notes, [])
  })
})

describe('makeArchive, files that change or refuse', () => {
  it('reports unreadable files, and does not list them', { skip: requires('root') }, async () => {
    const { archive, list, stderr } = await asNobody()
    assert.match(stderr, /"secret" could not be packed: EACCES: permission denied/u)
    assert.match(stderr, /could not read .*closed/u)
    assert.doesNotMatch(list, /,secret$/mu)
    assert.match(list, /,one.txt$/mu)
    assert.ok(members(archive).includes('one.txt'))
  })

  async function asNobody() {
    writeFileSync(join(source, 'secret'), 'x', { mode: 0 })
    mkdirSync(join(source, 'closed'), { mode: 0 })
    mkdirSync(target, { mode: 0o777 })
    execFileSync('chmod', ['a+rx', top, source])
    execFileSync('chmod', ['a+rwx', target])
    const program = fileURLToPath(new URL('../../../test/programs/make-archive.ts', import.meta.url))
    const stderr = execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, program, source, target], {
      encoding: 'utf8',
    })
    return {
      archive: join(target, '0/etc-20260301_024000-0.tar.gz'),
      list: readFileSync(join(target, '0/etc-20260301_024000-0.list'), 'utf8'),
      stderr,
    }
  }

  it('is complete even if files shrink, vanish or grow while they are packed', async () => {
    writeFileSync(join(source, 'shrinks'), Buffer.alloc(2_000_000, 1))
    writeFileSync(join(source, 'vanishes'), 'x')
    writeFileSync(join(source, 'zz'), 'last')
    const told = archiveWork(processes, '2026-03-01T02:40:00', {
      failpoint: (point) => {
        if (point !== 'archive-scanned') return
        truncateSync(join(source, 'shrinks'), 10)
        unlinkSync(join(source, 'vanishes'))
      },
    })
    await makeArchive(archiveStep(source, target), told.work)
    const archive = join(target, '0/etc-20260301_024000-0.tar.gz')
    assert.ok(members(archive).includes('zz'))
    assert.match(told.notes.join(), /"vanishes" could not be packed/u)
    const list = readFileSync(join(target, '0/etc-20260301_024000-0.list'), 'utf8')
    assert.doesNotMatch(list, /vanishes/u)
    assert.match(list, /,zz$/mu)
    // What the list says of it is not true any more, so the next level 1 packs it.
    await make(level(1), '2026-03-02T00:00:00')
    assert.ok(members(join(target, '1/etc-20260302_000000-1.tar.gz')).includes('shrinks'))
  })
})
