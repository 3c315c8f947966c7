import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HERE, ORIGIN, plainRun } from '../../test/support/journal.ts'
import { skipHere } from '../../test/support/requires.ts'
import { openToWrite } from '../db/open-database.ts'
import { whileNotRenamed, whileRenaming } from '../db/rename-lock.ts'
import { setAside } from '../db/set-aside.ts'
import type { RunEvent } from '../run/events.ts'
import type { Journal } from './journal.ts'
import { JOURNAL } from './migrations.ts'
import { openJournal } from './open-journal.ts'

const recordRuns = fileURLToPath(new URL('../../test/programs/record-runs.ts', import.meta.url))
const WHEN = new Date('2026-05-06T07:08:09Z')

let folder: string
let file: string
let notes: string[]
const disks: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-faults-'))
  file = join(folder, 'journal.db')
  notes = []
})
afterEach(async () => {
  for (const disk of disks.splice(0)) spawnSync('umount', ['-l', disk])
  await rm(folder, { recursive: true })
})

function open(at = file): Journal {
  return openJournal(at, { clock: () => WHEN, note: (text) => notes.push(text), observer: HERE })
}

async function play(id: string, at = file): Promise<void> {
  const journal = open(at)
  const watch = await journal.watch(ORIGIN)
  for (const event of plainRun(id)) watch(event)
  await journal.close()
}

async function idsIn(at = file): Promise<readonly string[]> {
  return (await open(at).runs({})).map(({ id }) => id).toSorted()
}

function faultsOf(at: string): unknown {
  const db = new DatabaseSync(at)
  const found = db
    .prepare('pragma integrity_check')
    .all()
    .map((row) => Object.values(row)[0])
  const orphans = db.prepare('pragma foreign_key_check').all()
  db.close()
  return [...found, ...orphans]
}

/** Fills the middle of a journal with what is none. */
function spoil(at: string): void {
  const bytes = readFileSync(at)
  bytes.fill('no page of a database', 5000)
  writeFileSync(at, bytes)
}

const damages: Readonly<Record<string, { readonly damage: (at: string) => void; readonly isNoticed?: false }>> = {
  'random bytes': { damage: (at) => writeFileSync(at, 'what is this? '.repeat(1000)) },
  'a truncated file': { damage: (at) => truncateSync(at, readFileSync(at).length / 2) },
  'a file cut off in its first page': { damage: (at) => truncateSync(at, 100) },
  'pages overwritten': { damage: spoil },
  'an empty file': { damage: (at) => truncateSync(at, 0), isNoticed: false },
  'a folder in the way': {
    damage: (at) => {
      truncateSync(at, 0)
      spawnSync('rm', [at])
      mkdirSync(join(at, 'inside'), { recursive: true })
    },
  },
  "somebody else's database": {
    damage: (at) => {
      spawnSync('rm', [at])
      const db = new DatabaseSync(at)
      db.exec('create table runs (x text); pragma user_version = 1')
      db.close()
    },
  },
}

describe('a damaged journal', () => {
  for (const [name, { damage, isNoticed = true }] of Object.entries(damages)) {
    it(`is renamed, and the run is recorded in a new one: ${name}`, async () => {
      await play('before')
      damage(file)
      await play('after')
      assert.deepEqual(await idsIn(), ['after'])
      assert.deepEqual(faultsOf(file), ['ok'])
      const aside = `${file}.damaged-20260506T070809Z`
      assert.equal(existsSync(aside), isNoticed)
      assert.equal(notes.length, isNoticed ? 1 : 0, notes.join('\n'))
      if (isNoticed) assert.ok(notes[0]?.includes(`it was renamed to "${aside}", and a new one was created`), notes[0])
    })

    it(`does not keep anybody from reading: ${name}`, async () => {
      await play('before')
      damage(file)
      assert.deepEqual(await idsIn(), [])
      assert.equal(notes.length, isNoticed ? 1 : 0, notes.join('\n'))
      await play('after')
      assert.deepEqual(await idsIn(), ['after'])
    })
  }

  it('is detected during a run, which continues in the new one', async () => {
    const journal = open()
    const watch = await journal.watch(ORIGIN)
    const [began, ...rest] = plainRun('r') as [RunEvent, ...RunEvent[]]
    watch(began)
    const other = new DatabaseSync(file)
    other.exec('pragma wal_checkpoint(truncate)')
    other.close()
    spoil(file)
    for (const event of rest) watch(event)
    await journal.close()
    assert.match(notes.join('\n'), /^the journal .* was damaged .*$/u)
    const { state, steps } = await open().run('r')
    assert.deepEqual([state, steps.map(({ status }) => status)], ['ok', ['ok']])
    assert.deepEqual(faultsOf(file), ['ok'])
  })

  it('is renamed once, however many processes detect it at the same time', async () => {
    await play('before')
    spoil(file)
    const outputs = await Promise.all(['a', 'b', 'c', 'd'].map((prefix) => record(prefix, 3)))
    // Beside the database, its log may be renamed.
    const databases = readdirSync(folder).filter((name) => name.includes('.damaged-') && !/-(?:shm|wal)$/u.test(name))
    assert.equal(databases.length, 1, readdirSync(folder).join())
    assert.deepEqual(await idsIn(), outputs.flat().toSorted())
    assert.deepEqual(faultsOf(file), ['ok'])
  })

  it('that is a link is renamed itself, and its target is not changed', async () => {
    const precious = join(folder, 'precious')
    for (const make of [() => writeFileSync(precious, 'precious'), () => execFileSync('mkfifo', [precious])]) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
      make()
      const before = lstatSync(precious)
      symlinkSync(precious, file)
      await play('after')
      assert.deepEqual(await idsIn(), ['after'])
      assert.ok(lstatSync(file).isFile())
      const { ino, mode, size } = lstatSync(precious)
      assert.deepEqual([ino, mode, size], [before.ino, before.mode, before.size])
    }
  })

  it('is renamed with a lock, whatever has its name', () => {
    const elsewhere = join(folder, 'elsewhere')
    const lock = `${file}.lock`
    for (const plant of [
      () => symlinkSync(elsewhere, lock),
      () => execFileSync('mkfifo', [lock]),
      () => mkdirSync(lock),
      () => writeFileSync(lock, 'no database'),
    ]) {
      writeFileSync(file, 'damaged')
      rmSync(lock, { force: true })
      plant()
      assert.ok(setAside({ file, inode: statSync(file).ino }, WHEN))
      assert.ok(lstatSync(lock).isFile())
    }
    assert.equal(existsSync(elsewhere), false)
  })

  it('is not renamed by a process that is too late', () => {
    writeFileSync(file, 'damaged')
    const { ino } = statSync(file)
    assert.equal(setAside({ file, inode: ino }, WHEN), `${file}.damaged-20260506T070809Z`)
    writeFileSync(file, 'new')
    assert.equal(setAside({ file, inode: ino }, WHEN), undefined)
    assert.equal(readFileSync(file, 'utf8'), 'new')
    assert.equal(setAside({ file, inode: statSync(file).ino }, WHEN), `${file}.damaged-20260506T070809Z-2`)
  })

  it('is not renamed while a process opens it, nor opened while a process renames it', async () => {
    await play('before')
    const inode = statSync(file).ino
    whileNotRenamed(JOURNAL, file, () => assert.throws(() => setAside({ file, inode }, WHEN), /database is locked/u))
    whileRenaming(file, () => assert.throws(() => openToWrite(JOURNAL, file), /database is locked/u))
    assert.deepEqual(await idsIn(), ['before'])
  })

  it('that was removed during a run is created again', async () => {
    const journal = open()
    const watch = await journal.watch(ORIGIN)
    const [began, ...rest] = plainRun('r') as [RunEvent, ...RunEvent[]]
    watch(began)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`)
    for (const event of rest) watch(event)
    await journal.close()
    assert.equal((await open().run('r')).state, 'ok')
    assert.deepEqual(faultsOf(file), ['ok'])
  })

  it('does not pile up', async () => {
    for (let times = 0; times < 5; times += 1) {
      await play('r')
      spoil(file)
    }
    await play('r')
    assert.deepEqual(readdirSync(folder).filter((name) => name.includes('.damaged-')).length, 2)
  })
})

/** Starts a process that records runs; resolves with the ids of which it said that they are recorded. Ended by SIGKILL after `killAfter` of them. */
function record(prefix: string, count: number, killAfter = Infinity): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [recordRuns, file, prefix, String(count)], { stdio: ['ignore', 'pipe', 'pipe'] })
    let told = ''
    let complaints = ''
    child.stdout.on('data', (chunk) => {
      told += chunk
      if (told.split('\n').length > killAfter) child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk) => {
      complaints += chunk
    })
    child.on('error', reject)
    child.on('close', (_code, signal) => {
      if (complaints !== '' && !complaints.includes('damaged')) reject(new Error(complaints))
      else if (signal === null && told.split('\n').length <= count) reject(new Error(`only ${told}`))
      else resolve(told.split('\n').slice(0, -1))
    })
  })
}

describe('several processes', () => {
  it('that open a new journal at the same time do not consider it damaged', () => {
    // As another process leaves it in the middle of its creation.
    new DatabaseSync(file).exec('pragma journal_mode = wal')
    const faster = {
      ...JOURNAL,
      // Read after the id in the file, and before its tables: meanwhile, another process creates them.
      get applicationId() {
        openToWrite(JOURNAL, file).close()
        return JOURNAL.applicationId
      },
    }
    const db = openToWrite(faster, file)
    assert.deepEqual(db.prepare('select count(*) as runs from runs').all(), [{ __proto__: null, runs: 0 }])
    db.close()
  })

  it('write at the same time without losses', async () => {
    const told = await Promise.all(['a', 'b', 'c'].map((prefix) => record(prefix, 20)))
    assert.equal(told.flat().length, 60)
    assert.deepEqual(await idsIn(), told.flat().toSorted())
    assert.deepEqual(faultsOf(file), ['ok'])
  })

  it('that are killed while they write leave every run that was recorded', async () => {
    const told: string[] = []
    for (let round = 0; round < 6; round += 1) told.push(...(await record(`k${round}`, 1000, 1 + round * 3)))
    const ids = new Set(await idsIn())
    assert.deepEqual(
      told.filter((id) => !ids.has(id)),
      [],
    )
    for (const id of told) assert.equal((await open().run(id)).state, 'ok')
    assert.deepEqual(faultsOf(file), ['ok'])
    assert.deepEqual(notes, [])
  })
})

describe('a journal that cannot be written', () => {
  it('is noted once, and waits for who holds it two seconds at most', async () => {
    await play('before')
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    await play('r')
    other.exec('commit')
    other.close()
    assert.deepEqual(notes, ['the end of this run was not recorded: the journal was locked by other processes'])
    assert.deepEqual(await idsIn(), ['before'])
  })

  it('is written once it is free again', async () => {
    await play('before')
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    const journal = open()
    const watch = await journal.watch(ORIGIN)
    for (const event of plainRun('r')) watch(event)
    const closed = journal.close()
    other.exec('commit')
    other.close()
    await closed
    assert.equal((await open().run('r')).state, 'ok')
    assert.deepEqual(notes, [])
  })

  it('is noted once where no folder can be made', async () => {
    await play('r', '/proc/nowhere/state/journal.db')
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /^not recorded: could not use the journal "\/proc\/nowhere\/state\/journal\.db": ENOENT$/u)
    assert.deepEqual(await idsIn('/proc/nowhere/state/journal.db'), [])
  })

  it('is noted once if the disk is full, and written again when there is space', async (t) => {
    const disk = mounted(t, '-o', 'size=512k')
    if (disk === undefined) return
    const at = join(disk, 'journal.db')
    const filler = join(disk, 'filler')
    await play('before', at)
    const journal = open(at)
    const watch = await journal.watch(ORIGIN)
    const [began, ...rest] = plainRun('r') as [RunEvent, ...RunEvent[]]
    fill(filler)
    watch(began)
    watch(began)
    rmSync(filler)
    for (const event of rest) watch(event)
    await journal.close()
    assert.equal(notes.length, 1, notes.join('\n'))
    assert.match(notes[0] ?? '', /^not recorded: .*(?:ENOSPC|full|I\/O error)/u)
    assert.deepEqual([(await open(at).run('r')).state, await idsIn(at)], ['ok', ['before', 'r']])
    assert.deepEqual(faultsOf(at), ['ok'])
  })

  it('is read where the file system is read-only', async (t) => {
    const disk = mounted(t)
    if (disk === undefined) return
    const at = join(disk, 'journal.db')
    await play('before', at)
    spawnSync('mount', ['-o', 'remount,ro', disk])
    await play('r', at)
    assert.equal(notes.length, 1)
    assert.match(notes[0] ?? '', /not recorded: .*(?:EROFS|readonly|unable to open)/u)
    assert.deepEqual(await idsIn(at), ['before'])
  })
})

/** Writes a file until nothing more fits. */
function fill(path: string): void {
  assert.throws(() => {
    for (;;) appendFileSync(path, Buffer.alloc(512))
  }, /ENOSPC/u)
}

/** A small file system of its own; undefined, and the test is skipped, where it cannot be had. */
function mounted(t: TestContext, ...options: readonly string[]): string | undefined {
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', ...options, 'tmpfs', disk]).status !== 0) {
    skipHere(t, 'mounting needs root')
    return undefined
  }
  disks.push(disk)
  return disk
}
