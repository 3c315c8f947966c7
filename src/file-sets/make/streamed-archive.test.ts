import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'
import { archiveStep, archiveWork } from '../../../test/support/archive.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import type { ArchiveStep } from '../../plan/dated-files.ts'
import { readProcessTable } from '../../process/identity/process-table.ts'
import type { Processes } from '../../process/processes.ts'
import type { ArchiveWork } from '../archive-work.ts'
import { makeArchive } from './make-archive.ts'

// The work list of so many fills more than the block with which the packer is started.
const FILES = 3000

let source: string
let target: string
let processes: Processes

withProcesses('streamed', (opened) => {
  source = join(opened.folder, 'source')
  target = join(opened.folder, 'target')
  processes = opened.processes
})

const fileOf = (index: number) => join(source, `a file with a long name, so that the list of all of them is longer than a block, number ${index}`)

describe('an archive whose packer begins before the scan has ended', () => {
  beforeEach(() => {
    mkdirSync(source)
    for (let index = 0; index < FILES; index++) writeFileSync(fileOf(index), '')
  })

  const make = async (onPoint: (point: string) => void, changes: Partial<ArchiveStep> = {}, options: Partial<ArchiveWork> = {}) => {
    const points: string[] = []
    const failpoint = (point: string) => {
      points.push(point)
      onPoint(point)
    }
    await makeArchive(archiveStep(source, target, changes), { ...archiveWork(processes, '2026-03-01T02:40:00', { failpoint }).work, ...options })
    return points
  }
  const assertNothingLeft = () => {
    assert.deepEqual(readdirSync(join(target, '0')), [])
    assert.deepEqual(
      readProcessTable().filter((it) => it.parent === process.pid),
      [],
    )
  }

  it('lists what was packed of files that vanish meanwhile, and nothing else', async () => {
    const points = await make((point) => {
      if (point === 'archive-packing') for (let index = 0; index < FILES; index += 3) rmSync(fileOf(index))
    })
    assert.ok(points.indexOf('archive-packing') < points.indexOf('archive-scanned'), points.join())
    const archive = join(target, '0/etc-20260301_024000-0.tar.gz')
    const members = execFileSync('tar', ['-tzf', archive, '--quoting-style=literal'], { encoding: 'utf8' }).trim().split('\n')
    const listed = readFileSync(archive.replace('.tar.gz', '.list'), 'utf8')
      .split('\n')
      .slice(1, -1)
      .map((line) => line.replace(/^[^,]*,[^,]*,/u, ''))
    assert.deepEqual(listed.toSorted(), members.toSorted())
    for (let index = 1; index < FILES; index += 3) assert.ok(members.includes(fileOf(index).slice(source.length + 1)))
  })

  it('fails with the cause when the compressor fails, and leaves nothing', async () => {
    await assert.rejects(
      make(() => undefined, { compression: 'xz', compressionLevel: 1.5 }),
      { code: 'process/failed', message: /^xz failed/u },
    )
    assertNothingLeft()
  })

  it('leaves nothing when the scan fails or is stopped after the packer was started', async () => {
    const broken = new Error('the scan is broken')
    let isPacking = false
    const emit = () => {
      if (isPacking) throw broken
    }
    const onPoint = (point: string) => {
      if (point === 'archive-packing') isPacking = true
    }
    await assert.rejects(make(onPoint, { logFiles: true }, { emit }), broken)
    assert.ok(isPacking)
    assertNothingLeft()
    const stop = new AbortController()
    await assert.rejects(
      make((point) => point === 'archive-packing' && stop.abort(), {}, { signal: stop.signal }),
      { code: /aborted$/u },
    )
    assertNothingLeft()
  })
})
