import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { archiveFiles, archiveWork, dumpFiles } from '../../../test/support/archive.ts'
import { withProcesses } from '../../../test/support/with-processes.ts'
import type { CopyFilesStep } from '../../plan/dated-files.ts'
import type { PeriodRule } from '../../plan/times/period-rule.ts'
import type { Processes } from '../../process/processes.ts'
import { copyNewest } from './copy-newest.ts'

let folder: string
let processes: Processes

const values = (...numbers: number[]) => [{ kind: 'values', values: numbers }] as const
const EVERY_MINUTE: PeriodRule = { text: '* * * * *', minute: 'any', hour: 'any', day: 'any', month: 'any', weekday: 'any' }
const AT_2_40: PeriodRule = { ...EVERY_MINUTE, text: '40 2 * * *', minute: values(40), hour: values(2) }
const SUNDAY: PeriodRule = { ...AT_2_40, text: '40 2 * * 0', weekday: values(0) }
const FIRST: PeriodRule = { ...AT_2_40, text: '40 2 1 * *', day: values(1) }

const NEWEST = ['etc-20260228_010000-0.hash', 'etc-20260228_010000-0.list', 'etc-20260228_010000-0.tar.gz']

withProcesses('copies', (opened) => {
  ;({ folder, processes } = opened)
  mkdirSync(join(folder, '0'), { recursive: true })
  for (const day of ['20260226', '20260227', '20260228']) {
    writeFileSync(join(folder, `0/etc-${day}_010000-0.tar.gz`), `archive of ${day}`)
    writeFileSync(join(folder, `0/etc-${day}_010000-0.list`), '/srv/x\n1.0,1,a\n')
    writeFileSync(join(folder, `0/etc-${day}_010000-0.hash`), 'c'.repeat(40))
  }
})

async function copy(began: string, changes: Partial<CopyFilesStep> = {}, stateFolder?: string) {
  const told = archiveWork(processes, began, stateFolder === undefined ? {} : { stateFolder })
  const period = (name: string, when?: PeriodRule) => ({ name, folder: join(folder, 'vault', name), ...(when && { when }) })
  const periods = [period('weekly', SUNDAY), period('monthly', FIRST), period('unknown'), period('always', EVERY_MINUTE)]
  await copyNewest({ kind: 'copy-files', sets: [{ name: 'tar0', files: archiveFiles(folder) }], periods, ...changes }, told.work)
  return told
}

const vault = (period: string) => (existsSync(join(folder, 'vault', period)) ? readdirSync(join(folder, 'vault', period)).toSorted() : undefined)

describe('copyNewest', () => {
  it('copies the newest files to the periods that are due in that minute', async () => {
    const { notes } = await copy('2026-03-01T02:40:30')
    assert.deepEqual([vault('weekly'), vault('monthly'), vault('always')], [NEWEST, NEWEST, NEWEST])
    assert.match(notes.join(), /error: .*"unknown"/u)
    rmSync(join(folder, 'vault'), { recursive: true })
    await copy('2026-03-02T02:41:30')
    assert.deepEqual([vault('weekly'), vault('monthly'), vault('always')], [undefined, undefined, NEWEST])
  })

  it('copies once to a period that was missed, also after a failure', async () => {
    const state = join(folder, 'state')
    const weekly = { periods: [{ name: 'weekly', folder: join(folder, 'vault/weekly'), when: SUNDAY }] }
    const run = async (began: string, changes: Partial<CopyFilesStep> = {}) => {
      const { events, notes } = await copy(began, { ...weekly, ...changes }, state)
      assert.deepEqual(notes, [])
      const copies = events.filter((it) => it.kind === 'file-copied').length
      const told = events.flatMap((it) => (it.kind === 'step-told' ? it.text : []))
      assert.deepEqual(told, copies > 0 ? [] : ['no period is due: nothing was copied'])
      return copies
    }
    assert.equal(await run('2026-02-28T12:00:00'), 0)
    assert.equal(await run('2026-03-01T02:42:00', { dry: true }), 3)
    mkdirSync(join(folder, 'vault/weekly', NEWEST[0] ?? ''), { recursive: true })
    await assert.rejects(run('2026-03-01T02:42:00'), /could not copy .*\.hash/u)
    rmSync(join(folder, 'vault'), { recursive: true })
    assert.equal(await run('2026-03-02T12:00:00'), 3)
    assert.deepEqual(vault('weekly'), NEWEST)
    assert.equal(await run('2026-03-07T12:00:00'), 0)
    assert.equal(await run('2026-03-08T02:40:00'), 3)
  })

  it('keeps mode and time, and replaces an existing copy', async () => {
    const source = join(folder, '0', NEWEST[2] ?? '')
    chmodSync(source, 0o604)
    utimesSync(source, 1e9, 1e9)
    await copy('2026-03-02T00:00:00')
    const target = join(folder, 'vault/always', NEWEST[2] ?? '')
    assert.deepEqual([statSync(target).mode & 0o777, statSync(target).mtimeMs], [0o604, 1e12])
    writeFileSync(target, 'spoilt')
    await copy('2026-03-02T00:00:00')
    assert.equal(readFileSync(target, 'utf8'), 'archive of 20260228')
    assert.deepEqual(vault('always'), NEWEST)
  })

  it('copies only complete files, the newest date of each database and group', async () => {
    writeFileSync(join(folder, '0/etc-20260301_000000-0.tar.gz'), '')
    for (const [database, day] of [
      ['app1', '20260227'],
      ['app-two', '20260228'],
      ['old', '20250101'],
    ]) {
      writeFileSync(join(folder, `db-${database}-${day}_010100.pgdump`), 'dump')
    }
    const sets = [
      { name: 'tar0', files: archiveFiles(folder) },
      { name: 'pg', files: dumpFiles(folder, ['app1', 'app-two']) },
    ]
    const { notes } = await copy('2026-03-02T00:00:00', { sets })
    assert.deepEqual(vault('always'), ['db-app-two-20260228_010100.pgdump', ...NEWEST])
    assert.match(notes.join(), /newer than the copied files, but incomplete/u)
    assert.match(notes.join(), /1 of the groups/u)
  })

  it('does not treat a future date as the newest, unless there are no others', async () => {
    const ahead = 'etc-20990101_000000-0.tar.gz'
    writeFileSync(join(folder, '0', ahead), 'archive of 20990101')
    const { notes } = await copy('2026-03-02T00:00:00')
    assert.deepEqual(vault('always'), NEWEST)
    assert.match(notes.join(), /20990101.* is dated in the future/u)
    rmSync(join(folder, 'vault'), { recursive: true })
    for (const name of readdirSync(join(folder, '0'))) if (name !== ahead) rmSync(join(folder, '0', name))
    await copy('2026-03-02T00:00:00')
    assert.deepEqual(vault('always'), [ahead])
  })

  it('writes nothing when dry, and nothing if there are no files', async () => {
    const { events } = await copy('2026-03-01T02:40:00', { dry: true })
    assert.equal(events.filter((it) => it.kind === 'file-copied' && it.dry).length, 9)
    assert.equal(existsSync(join(folder, 'vault')), false)
    const { notes } = await copy('2026-03-01T02:40:00', { sets: [{ name: 'none', files: archiveFiles(join(folder, 'none')) }] })
    assert.deepEqual(notes, ['no files to copy for "none"'])
    assert.equal(existsSync(join(folder, 'vault')), false)
  })

  it('copies the rest after a failure, and fails at the end', async () => {
    mkdirSync(join(folder, 'vault/always', NEWEST[0] ?? ''), { recursive: true })
    mkdirSync(join(folder, 'vault/always', NEWEST[1] ?? ''), { recursive: true })
    const { work, notes } = archiveWork(processes, '2026-03-02T00:00:00')
    const periods = [{ name: 'always', folder: join(folder, 'vault/always'), when: EVERY_MINUTE }]
    const sets = [{ name: 'tar0', files: archiveFiles(folder) }]
    await assert.rejects(copyNewest({ kind: 'copy-files', sets, periods }, work), /could not copy .*\.hash/u)
    assert.match(notes.join(), /could not copy .*\.list/u)
    assert.deepEqual(vault('always'), NEWEST)
    assert.ok(statSync(join(folder, 'vault/always', NEWEST[2] ?? '')).isFile())
  })
})
