import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { archiveFiles, archiveStep, archiveWork } from '../../../test/support/archive.ts'
import { requires } from '../../../test/support/requires.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import type { ArchiveLevel } from '../../plan/dated-files.ts'
import type { Processes } from '../../process/processes.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { makeArchive } from '../make/make-archive.ts'
import { expireFiles } from './expire-files.ts'

let folder: string
let processes: Processes

withProcesses('bases', (opened) => {
  ;({ folder, processes } = opened)
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'src/a'), 'a')
})

const state = () => ({ stateFolder: join(folder, 'state') })

async function make(level: ArchiveLevel, began: string) {
  const told = archiveWork(processes, began, state())
  await makeArchive(archiveStep(join(folder, 'src'), folder, { files: archiveFiles(folder, level) }), told.work)
  return told
}

/** Keeps one level 0, in the middle of March. */
async function expire(changes: Partial<ArchiveWork> = {}, dry = false): Promise<void> {
  const { work } = archiveWork(processes, '2026-03-15T12:00:00', state())
  await expireFiles({ kind: 'expire', dry, sets: [{ files: archiveFiles(folder), limits: { maxFiles: 1 } }] }, { ...work, ...changes })
}

const archivesIn = (at: string) =>
  readdirSync(join(folder, at))
    .filter((it) => it.endsWith('.tar.gz'))
    .map((it) => it.slice(4, 19))
    .toSorted()

const [FIRST, SECOND] = ['20260301_024000', '20260308_024000']
const REFUSAL = { code: 'archive/level-1-unknown', message: /is missing or was replaced/u }

describe('the level 0 of a recorded level 1', () => {
  it('is kept, with all others, while the folder of the level 1 is missing or another one', async () => {
    await make(0, '2026-03-01T02:40:00')
    await make(1, '2026-03-02T02:40:00')
    await make(0, '2026-03-08T02:40:00')
    renameSync(join(folder, '1'), join(folder, 'away'))
    await assert.rejects(expire(), REFUSAL)
    await assert.rejects(expire({}, true), REFUSAL)
    mkdirSync(join(folder, '1'))
    await assert.rejects(expire(), REFUSAL)
    assert.deepEqual(archivesIn('0'), [FIRST, SECOND])
    rmdirSync(join(folder, '1'))
    renameSync(join(folder, 'away'), join(folder, '1'))
    await expire()
    assert.deepEqual(archivesIn('0'), [FIRST, SECOND])
  })

  it('is kept while another file system is mounted there', { skip: requires('root') }, async () => {
    const disk = join(folder, '1')
    mkdirSync(disk)
    const mount = () => execFileSync('mount', ['-t', 'tmpfs', 'disk', disk])
    mount()
    try {
      await make(0, '2026-03-01T02:40:00')
      await make(1, '2026-03-02T02:40:00')
      await make(0, '2026-03-08T02:40:00')
      mount()
      await assert.rejects(expire(), REFUSAL)
      execFileSync('umount', [disk])
      await expire()
      assert.deepEqual(archivesIn('0'), [FIRST, SECOND])
    } finally {
      execFileSync('umount', [disk])
    }
    await assert.rejects(expire(), REFUSAL)
    assert.deepEqual(archivesIn('0'), [FIRST, SECOND])
  })

  it('is removed with --accept-root, or if the level 1 was removed by another program', async () => {
    for (const isAccepted of [true, false]) {
      for (const at of ['0', '1']) rmSync(join(folder, at), { recursive: true, force: true })
      await make(0, '2026-03-01T02:40:00')
      await make(1, '2026-03-02T02:40:00')
      await make(0, '2026-03-08T02:40:00')
      for (const name of readdirSync(join(folder, '1'))) rmSync(join(folder, '1', name))
      if (isAccepted) rmdirSync(join(folder, '1'))
      await expire({ acceptsMounts: isAccepted })
      assert.deepEqual(archivesIn('0'), [SECOND])
      // What was accepted is not asked for again.
      await expire()
    }
  })

  it('is missed from the first time that one of another program was seen', async () => {
    await make(0, '2026-03-01T02:40:00')
    await make(1, '2026-03-02T02:40:00')
    await make(0, '2026-03-08T02:40:00')
    rmSync(join(folder, 'state'), { recursive: true })
    await expire()
    renameSync(join(folder, '1'), join(folder, 'away'))
    await assert.rejects(expire(), REFUSAL)
    assert.deepEqual(archivesIn('0'), [FIRST, SECOND])
  })

  it('is the recorded one, even if the dates suggest another', async () => {
    await make(0, '2026-03-01T02:40:00')
    await make(0, '2026-03-01T03:00:00')
    const { notes } = await make(1, '2026-03-01T02:50:00')
    assert.match(notes.join(), /is relative to a level 0 with a later date: restore it with ".*etc-20260301_030000-0\.tar\.gz"$/u)
    assert.match(readFileSync(join(folder, '1/etc-20260301_025000-1.list'), 'utf8'), /\n# base: .*etc-20260301_030000-0\.tar\.gz\n$/u)
    await make(0, '2026-03-08T02:40:00')
    await expire()
    assert.deepEqual(archivesIn('0'), ['20260301_030000', SECOND])
  })

  it('is every one that it could be, without a record', async () => {
    await make(0, '2026-03-01T02:40:00')
    await make(0, '2026-03-01T03:00:00')
    await make(1, '2026-03-01T02:50:00')
    rmSync(join(folder, 'state'), { recursive: true })
    await make(0, '2026-03-08T02:40:00')
    await expire()
    assert.deepEqual(archivesIn('0'), [FIRST, '20260301_030000', SECOND])
  })
})
