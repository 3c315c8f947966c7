import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { archiveFiles, archiveWork, dumpFiles } from '../../../test/support/archive.ts'
import { requires } from '../../../test/support/requires.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import type { ExpireSet, ExpireStep } from '../../plan/dated-files.ts'
import type { LocatedArchives } from '../../plan/steps/archives-of.ts'
import type { Processes } from '../../process/processes.ts'
import { expireFiles } from './expire-files.ts'

let folder: string
let processes: Processes

withProcesses('expire', (opened) => {
  ;({ folder, processes } = opened)
})

function write(path: string, content: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), content)
}

/** An archive of that day at noon, with list and digest. */
function archive(day: string, level = 0, at = String(level)): void {
  const name = `${at}/etc-${day}_120000-${level}`
  write(`${name}.tar.gz`, 'an archive')
  write(`${name}.list`, '/srv/x.tar.gz\n1.0,1,a\n')
  write(`${name}.hash`, 'a'.repeat(40))
}

async function expire(
  set: Partial<ExpireSet>,
  { began = '2026-03-06T13:00:00', archives, ...changes }: Partial<ExpireStep> & { began?: string; archives?: readonly LocatedArchives[] } = {},
) {
  const told = archiveWork(processes, began)
  const sets = changes.sets ?? [{ files: archiveFiles(folder), limits: {}, ...set }]
  await expireFiles({ kind: 'expire', ...changes, sets }, { ...told.work, ...(archives && { archives }) })
  return told
}

const left = (at: string) => (existsSync(join(folder, at)) ? readdirSync(join(folder, at)).toSorted() : [])
const archivesLeft = (at: string) =>
  left(at)
    .filter((it) => it.endsWith('.tar.gz'))
    .map((it) => it.slice(4, 12))
const DAYS = ['20260301', '20260302', '20260303', '20260304', '20260305', '20260306']

describe('expireFiles, archives', () => {
  it('keeps the newest of each kind, and touches nothing foreign', async () => {
    for (const day of DAYS) archive(day)
    const foreign = [
      '0/etc-20260101_120000-0.list.old',
      '0/etc-20260101_120000-0.tar.gz.bak',
      '0/etc-20260101_120000-1.tar.gz',
      '0/etc2-20260101_120000-0.tar.gz',
      '0/etc-20260230_120000-0.tar.gz',
      '0/notes.txt',
    ]
    for (const path of foreign) write(path, 'x')
    await expire({ limits: { maxFiles: 2 } })
    for (const path of foreign) assert.ok(existsSync(join(folder, path)), path)
    assert.deepEqual(
      left('0').filter((it) => /2026030\d_.*-0\./u.test(it)),
      [5, 6].flatMap((it) => ['hash', 'list', 'tar.gz'].map((ext) => `etc-2026030${it}_120000-0.${ext}`)),
    )
  })

  it('uses the dates in the names, and both limits', async () => {
    for (const day of DAYS) archive(day)
    await expire({ limits: { days: 4 } })
    assert.deepEqual(archivesLeft('0'), DAYS.slice(2))
    const { events, notes } = await expire({ limits: { days: 3, maxFiles: 3 } })
    assert.deepEqual(archivesLeft('0'), DAYS.slice(3))
    assert.equal(events.filter((it) => it.kind === 'file-removed').length, 3)
    assert.deepEqual(notes, [])
  })

  it('never removes the last good one, whatever the limits', async () => {
    for (const day of DAYS.slice(0, 3)) archive(day)
    write('0/etc-20260304_120000-0.tar.gz', '')
    await expire({ limits: { days: 0, maxFiles: 0 } })
    assert.deepEqual(archivesLeft('0'), ['20260303'])
  })

  it('does not treat remains of a failure as a good archive', async () => {
    for (const day of DAYS.slice(0, 2)) archive(day)
    write('0/etc-20260304_120000-0.tar.gz', 'shell of an archive')
    write('0/etc-20260304_120000-0.list', '/srv/x.tar.gz\n')
    write('0/etc-20260305_120000-0.tar.gz', '')
    await expire({ limits: { maxFiles: 1 } })
    assert.deepEqual(archivesLeft('0'), ['20260302', '20260304', '20260305'])
  })

  it('keeps the level 0 that a level 1 needs, and reports it', async () => {
    for (const day of DAYS.slice(0, 4)) archive(day)
    archive('20260302', 1)
    const { events } = await expire({ limits: { maxFiles: 1 } })
    assert.deepEqual(archivesLeft('0'), ['20260302', '20260304'])
    assert.ok(events.some((it) => it.kind === 'file-kept' && it.reason.includes('/1/etc-20260302_120000-1.tar.gz')))
    await expire(
      {},
      {
        sets: [
          { files: archiveFiles(folder, 0), limits: { maxFiles: 1 } },
          { files: archiveFiles(folder, 1), limits: { days: 1 } },
        ],
      },
    )
    assert.deepEqual([archivesLeft('0'), archivesLeft('1')], [['20260302', '20260304'], ['20260302']])
    archive('20260305', 1)
    await expire(
      {},
      {
        sets: [
          { files: archiveFiles(folder, 0), limits: { maxFiles: 1 } },
          { files: archiveFiles(folder, 1), limits: { maxFiles: 1 } },
        ],
      },
    )
    assert.deepEqual([archivesLeft('0'), archivesLeft('1')], [['20260304'], ['20260305']])
  })

  it('keeps the level 0 that a level 1 of another file set needs, which the plan or its name beside it shows', async () => {
    const alone = archiveFiles(folder, 0, { folders: [join(folder, '0')] })
    for (const at of ['1', 'far/away']) {
      for (const day of DAYS.slice(0, 4)) archive(day)
      archive('20260302', 1, at)
      const changes = archiveFiles(folder, 1, { folders: [join(folder, '0'), join(folder, at)] })
      const archives = at === '1' ? [] : [{ files: changes, workingFolder: '.' }]
      const { events } = await expire({ files: alone, limits: { maxFiles: 1, days: 1 } }, { archives })
      assert.deepEqual(archivesLeft('0'), ['20260302', '20260304'])
      assert.ok(events.some((it) => it.kind === 'file-kept' && it.reason.includes(`/${at}/etc-20260302_120000-1.tar.gz`)))
      rmSync(folder, { recursive: true })
    }
  })

  it('keeps the level 0 of a level 1 that was copied without it, and lets go the one that was copied too', async () => {
    for (const day of DAYS.slice(0, 4)) archive(day)
    archive('20260302', 1, 'monthly')
    const copies = [1 as const].map((level) => ({ files: archiveFiles(folder, level), workingFolder: '.', copies: join(folder, 'monthly') }))
    await expire({ limits: { maxFiles: 1 } }, { archives: copies })
    assert.deepEqual(archivesLeft('0'), ['20260302', '20260304'])
    archive('20260302', 0, 'monthly')
    await expire({ limits: { maxFiles: 1 } }, { archives: copies })
    assert.deepEqual(archivesLeft('0'), ['20260304'])
    await expire({ folder: join(folder, 'monthly'), limits: { days: 1 } }, { archives: copies })
    assert.deepEqual(archivesLeft('monthly'), ['20260302', '20260302'])
  })

  it('lets a level 0 go that only a level 1 of something else could mean', async () => {
    for (const day of DAYS.slice(0, 4)) archive(day)
    archive('20260302', 1, 'others')
    const others = archiveFiles(folder, 1, { folders: [join(folder, 'elsewhere'), join(folder, 'others')] })
    await expire({ limits: { maxFiles: 1 } }, { archives: [{ files: others, workingFolder: '.' }] })
    assert.deepEqual(archivesLeft('0'), ['20260304'])
  })

  it('loses nothing it may need when a folder cannot be read', {
    skip: requires('root'),
  }, async () => {
    for (const day of DAYS) archive(day)
    archive('20260302', 1)
    execFileSync('chmod', ['-R', 'o+rwX', folder])
    chmodSync(join(folder, '1'), 0)
    process.seteuid?.(65_534)
    try {
      await assert.rejects(expire({ limits: { maxFiles: 1 } }), /EACCES/u)
    } finally {
      process.seteuid?.(0)
    }
    assert.deepEqual(archivesLeft('0'), DAYS)
  })

  it('is kept with the new archive after the clock was set back, with the reason', async () => {
    for (const day of ['20260306', '20990101', '20990102']) archive(day)
    const { notes } = await expire({ limits: { maxFiles: 2 } })
    assert.deepEqual(archivesLeft('0'), ['20260306', '20990101', '20990102'])
    assert.match(notes.join(), /^".*" and 5 other files are dated in the future/u)
  })

  it('looks where copies lie', async () => {
    for (const day of DAYS) archive(day, 0, 'weekly')
    await expire({ folder: join(folder, 'weekly'), limits: { maxFiles: 4 } })
    assert.deepEqual(archivesLeft('weekly'), DAYS.slice(2))
  })

  it('only reports when dry, and ignores a missing folder', async () => {
    for (const day of DAYS) archive(day)
    const { events } = await expire({ limits: { maxFiles: 2 } }, { dry: true })
    assert.deepEqual(archivesLeft('0'), DAYS)
    assert.equal(events.filter((it) => it.kind === 'file-removed' && it.dry).length, 12)
    await expire({ files: archiveFiles(join(folder, 'nowhere')), limits: { maxFiles: 1 } })
  })

  it('finds archives of other compressions and of old names', async () => {
    for (const ext of ['xz', 'bz2', 'zip', 'tar.bz2']) for (const day of DAYS) write(`0/etc-${day}_120000-0.${ext}`, 'an archive')
    await expire({ limits: { days: 3 } })
    assert.deepEqual(left('0').length, 4 * 3)
  })
})

describe('expireFiles, dumps', () => {
  it('keeps the given number for each database', async () => {
    for (const database of ['app1', 'app-two', 'other']) {
      for (const day of DAYS) {
        write(`db-${database}-${day}_120000.pgdump`, 'a dump')
        write(`db-${database}-${day}_120000.hash`, 'b'.repeat(40))
      }
    }
    write('db-app1-20260307_120000.pgdump', '')
    write('db-app1-20260307_120000.hash', 'da39a3ee5e6b4b0d3255bfef95601890afd80709')
    await expire({ files: dumpFiles(folder, ['app1', 'app-two']), limits: { maxFiles: 2 } })
    const names = left('.')
    assert.deepEqual(
      names.filter((it) => it.startsWith('db-app')),
      ['app-two', 'app1'].flatMap((it) => [
        ...['20260305', '20260306'].flatMap((day) => ['hash', 'pgdump'].map((ext) => `db-${it}-${day}_120000.${ext}`)),
        ...(it === 'app1' ? ['db-app1-20260307_120000.hash', 'db-app1-20260307_120000.pgdump'] : []),
      ]),
    )
    assert.equal(names.filter((it) => it.startsWith('db-other')).length, 12)
  })

  it('protects the dumps of excluded databases', async () => {
    for (const day of DAYS) for (const database of ['app1', 'app2']) write(`db-${database}-${day}_120000.pgdump`, 'a dump')
    const files = dumpFiles(folder, ['app1', 'app2'], { databases: { names: ['app1', 'app2'], exclude: { language: 'shell', patterns: ['*2'] } } })
    await expire({ files, limits: { maxFiles: 1 } })
    assert.equal(left('.').length, 1 + 6)
  })

  it('removes dumps that are folders, and never one without its table of contents as the last good one', async () => {
    for (const day of DAYS) write(`db-app1-${day}_120000.pgdump/toc.dat`, 'contents')
    mkdirSync(join(folder, 'db-app1-20260307_120000.pgdump'))
    symlinkSync('/nonexistent', join(folder, 'db-app1-20260101_120000.pgdump'))
    await expire({ files: dumpFiles(folder, ['app1'], { areFolders: true }), limits: { maxFiles: 1 } })
    assert.deepEqual(left('.'), ['db-app1-20260306_120000.pgdump', 'db-app1-20260307_120000.pgdump'])
  })

  it('removes a link to a dump, and not its target', async () => {
    for (const day of DAYS) write(`db-app1-${day}_120000.pgdump/toc.dat`, 'contents')
    write('elsewhere/toc.dat', 'contents')
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'db-app1-20260101_120000.pgdump'))
    await expire({ files: dumpFiles(folder, ['app1'], { areFolders: true }), limits: { maxFiles: 1 } })
    assert.deepEqual([left('.'), left('elsewhere')], [['db-app1-20260306_120000.pgdump', 'elsewhere'], ['toc.dat']])
  })

  it('leaves folders alone where dumps are files', async () => {
    for (const day of DAYS) write(`db-app1-${day}_120000.pgdump`, 'a dump')
    write('db-app1-20251231_120000.pgdump/toc.dat', 'contents')
    await expire({ files: dumpFiles(folder, ['app1']), limits: { maxFiles: 1 } })
    assert.deepEqual(left('.'), ['db-app1-20251231_120000.pgdump', 'db-app1-20260306_120000.pgdump'])
  })

  it('removes nothing if the server does not list its databases', async () => {
    for (const day of DAYS) write(`db-app1-${day}_120000.pgdump`, 'a dump')
    const files = dumpFiles(folder, [], { databases: { names: 'all', exclude: { language: 'shell', patterns: [] } } })
    await assert.rejects(expire({ files, limits: { maxFiles: 1 } }))
    assert.equal(left('.').length, 6)
  })
})
