import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cannotMount, mountSmallDisk } from '../../test/faults/small-disk.ts'
import { connect } from './connection.ts'
import { openToRead } from './open-database.ts'
import type { Schema } from './schema.ts'

const NUMBERS: Schema<{ numbers: { number: number; square: number } }> = {
  name: 'journal',
  applicationId: 0x6e756d62,
  migrations: [['create table numbers (number integer primary key, square integer)']],
  keys: { numbers: ['number'] },
  ifDamaged: 'replace',
  without: '',
}

test('a database is read on a full disk, where the file that readers share cannot be created', { skip: cannotMount() }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'))
  const disk = mountSmallDisk(folder, 'size=1m,mode=0700')
  t.after(() => {
    disk.unmount()
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'journal.db')
  const connection = connect(NUMBERS, file, { clock: () => new Date(), note: (text) => assert.fail(text) })
  assert.equal(connection.write([1, 2].map((number) => ({ table: 'numbers', row: { number, square: number * number } }))), 'written')
  connection.close()
  const before = readFileSync(file)
  spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'ballast')}`, 'bs=4k'])
  const rowsOf = () => {
    const opened = openToRead(NUMBERS, file)
    try {
      assert.throws(() => opened.db.exec('insert into numbers values (3, 9)'))
      return [opened.isExclusive, opened.db.prepare('select count(*) as n from numbers').get()?.['n']]
    } finally {
      opened.close()
    }
  }
  assert.deepEqual(
    [rowsOf(), rowsOf()],
    [
      [true, 2],
      [true, 2],
    ],
  )
  // Not that another process is writing, which would be tried again.
  const later = { ...NUMBERS, migrations: [...NUMBERS.migrations, ['create table more (number integer)']] }
  assert.throws(
    () => openToRead(later, file),
    ({ errcode }: { errcode?: number }) => errcode !== undefined && [10, 13].includes(errcode % 256),
  )
  const first = openToRead(NUMBERS, file)
  // The others try again until it is closed.
  assert.throws(rowsOf, { errcode: 5 })
  first.close()
  assert.ok(readFileSync(file).equals(before))
  rmSync(join(folder, 'ballast'))
  assert.deepEqual(rowsOf(), [false, 2])
  const upgraded = openToRead(later, file)
  assert.equal(upgraded.db.prepare('select count(*) as n from more').get()?.['n'], 0)
  upgraded.close()
})
