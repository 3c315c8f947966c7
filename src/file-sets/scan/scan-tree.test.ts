import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { archiveFiles, archiveStep, archiveWork } from '../../../test/support/archive.ts'
import { requires } from '../../../test/support/requires.ts'
import { closeFolder, openFolder } from '../../files/folder.ts'
import { readProcessTable } from '../../process/identity/process-table.ts'
import { openProcesses } from '../../process/open-processes.ts'
import type { Processes } from '../../process/processes.ts'
import { makeArchive } from '../make/make-archive.ts'
import { startWalk } from './scan-tree.ts'

describe('a walk through a tree', () => {
  let top: string
  let processes: Processes
  let run = 0
  afterEach(() => rmSync(top, { recursive: true }))
  before(() => {
    processes = openProcesses({ runId: `walk-${process.pid}` })
  })
  after(() => processes.close())
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'walk-'))
    mkdirSync(join(top, 'source'))
    for (let file = 0; file < 3000; file++)
      writeFileSync(join(top, `source/a file with a long name, so that all of them fill more than a pipe ${file}`), '')
  })

  const level = async (number: 0 | 1) => {
    const { work, notes, events } = archiveWork(processes, `2026-03-01T02:40:${10 + run++}`)
    await makeArchive(archiveStep(join(top, 'source'), top, { files: archiveFiles(top, number) }), work)
    return { notes, ended: events.find((it) => it.kind === 'archive-ended') }
  }

  it('that has begun before the base was read finds the same', async () => {
    await level(0)
    const counts = []
    // The second time its folder is there, so that the walk may begin at once.
    for (let times = 0; times < 2; times++) {
      const { ended, notes } = await level(1)
      counts.push([ended?.entries, ended?.unchanged, notes.length])
    }
    assert.deepEqual(counts, [
      [0, 3000, 0],
      [0, 3000, 0],
    ])
  })

  it('reports nothing before it is read, and everything then', { skip: requires('root', 'mount') }, async () => {
    // Find refuses to walk in circles, also as root.
    const loop = join(top, 'source/loop')
    mkdirSync(loop)
    execFileSync('mount', ['--bind', join(top, 'source'), loop])
    const folder = await openFolder(join(top, 'source'))
    try {
      const { work, notes } = archiveWork(processes, '2026-03-01T02:40:00')
      const walk = await startWalk(folder, work)
      await sleep(300)
      assert.deepEqual(notes, [])
      await walk.read({ onRecord: () => undefined, settle: async () => undefined })
      assert.match(notes.join(), new RegExp(`^could not read .*${loop}`, 'u'))
    } finally {
      await closeFolder(folder)
      execFileSync('umount', [loop])
    }
  })

  it('that fails before it is read rejects for its reader only', async () => {
    const stop = new AbortController()
    const { work } = archiveWork(processes, '2026-03-01T02:40:00', { signal: stop.signal })
    const walk = await startWalk(await openFolder('/'), work)
    stop.abort()
    await sleep(1000)
    await assert.rejects(walk.read({ onRecord: () => undefined, settle: async () => undefined }), { code: 'process/aborted' })
    await walk.stop()
  })

  it('ends when it is stopped, wherever it is', async () => {
    const { work } = archiveWork(processes, '2026-03-01T02:40:00')
    const walk = await startWalk(await openFolder('/'), work)
    await walk.stop()
    const commands = readProcessTable().filter((it) => it.parent === process.pid)
    assert.deepEqual(commands, [])
  })
})
