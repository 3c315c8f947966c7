import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { CHECK_SCRIPT } from '../../src/app/evidence/check-script.ts'
import { isInstalled } from '../support/lacks.ts'
import { someOf } from '../support/some-of.ts'
import { lacks, openPlace, type Place } from './place.ts'

const isLacking = lacks('openssl', 'sha256sum', 'tar')

/** A host with three sets, of which the second is drilled and verified: six records. */
function open(t: { after(work: () => void): void }): Place {
  const place = openPlace(t)
  const prove = '  prove:\n    schedule: "0 5 * * *"\n    steps:\n      - drill: { from: local, name: nightly, level: structure }\n'
  place.configure('{ o: { exec: { argv: [date, +%N] }, compress: none } }')
  const file = join(place.folder, 'holdfast.yaml')
  writeFileSync(file, `${readFileSync(file, 'utf8')}${prove}`)
  for (const args of [['run', 'nightly'], ['run', 'nightly'], ['verify'], ['run', 'prove'], ['run', 'nightly'], ['verify']])
    assert.ok([0, 3].includes(place.run('-q', ...args).status ?? 9), args.join(' '))
  return place
}

interface Exported {
  readonly folder: string
  readonly page: string
}

function exported(place: Place, name = 'out'): Exported {
  const { status, stderr } = place.run('evidence', 'export', '--out', join(place.folder, `${name}.tar`))
  assert.deepEqual([status, stderr], [0, ''])
  place.shell(`mkdir ${name}; tar -xf ${name}.tar -C ${name}`)
  const folder = join(place.folder, name)
  return { folder, page: readFileSync(join(folder, 'report.html'), 'utf8') }
}

/** With an interpreter of POSIX sh, and nothing of Holdfast. */
function check(folder: string, shell: readonly string[] = ['sh'], ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(shell[0] ?? '', [...shell.slice(1), join(folder, 'check.sh'), ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

function recordsOf(folder: string): readonly string[] {
  const records = join(folder, 'records')
  return readdirSync(records).flatMap((chain) => readdirSync(join(records, chain)).map((name) => join(records, chain, name)))
}

/** In the journal, as someone with access to it could. */
function inJournal({ folder }: Place, statement: string): void {
  const db = new DatabaseSync(join(folder, 'state/journal.db'))
  db.exec(statement)
  db.close()
}

describe('evidence export', { skip: isLacking }, () => {
  it('writes an archive that is checked without Holdfast, by every shell', (t) => {
    const place = open(t)
    const { folder, page } = exported(place)
    const key = place.run('evidence', 'key').stdout.slice(0, 64)
    for (const shell of [['sh'], ['dash'], ['bash'], ['busybox', 'sh']]) {
      if (!isInstalled(shell[0] ?? '')) continue
      assert.deepEqual(check(folder, shell), { status: 0, stdout: `good: 6 records, signed with the key ${key}\n`, stderr: '' })
    }
    assert.equal(check(folder, ['sh'], key).status, 0)
    assert.match(
      check(
        folder,
        ['sh'],
        key.replace(/^./u, (it) => (it === '0' ? '1' : '0')),
      ).stderr,
      /NOT GOOD: signed with another key/u,
    )
    assert.doesNotMatch(page, /<script|javascript:/iu)
    assert.match(page, /3<\/td><td>2 good<\/td><td>1 inconclusive<\/td><td class="bad">none/u)
    assert.match(page, /drill: inconclusive: nightly/u)
    assert.equal(readFileSync(join(folder, 'check.sh'), 'utf8'), CHECK_SCRIPT)
    assert.ok(readFileSync('docs/guide/evidence.md', 'utf8').includes(CHECK_SCRIPT.trimEnd().replaceAll(/^(?=.)/gmu, '    ')))
  })

  it('is not good without, or with a change of, any file', (t) => {
    const { folder } = exported(open(t))
    const files = [...recordsOf(folder), ...['report.html', 'key.pem', 'SHA256SUMS', 'SHA256SUMS.sig'].map((name) => join(folder, name))]
    for (const file of files) {
      const whole = readFileSync(file)
      rmSync(file)
      assert.notEqual(check(folder).status, 0, `without ${file}`)
      const flipped = Buffer.from(whole)
      const at = Math.floor(whole.length / 2)
      flipped[at] = (whole[at] ?? 0) ^ 1
      writeFileSync(file, flipped)
      assert.notEqual(check(folder).status, 0, `with a change of ${file}`)
      writeFileSync(file, whole)
    }
    assert.equal(check(folder).status, 0)
    writeFileSync(join(folder, 'records/more'), '')
    assert.match(check(folder).stderr, /there are other files/u)
  })

  it('shows each record that was dropped before: by the chain, and by the other place', (t) => {
    const place = open(t)
    const side = join(place.folder, 'root/nightly/.holdfast-records')
    const names = readdirSync(side)
    assert.equal(names.length, 6)
    const good = place.run('evidence')
    assert.deepEqual([good.status, good.stderr], [0, ''])
    assert.match(good.stdout, /^6 records: complete, and in order; key [0-9a-f]{64}$/mu)
    for (const name of someOf(names, 1)) {
      const text = readFileSync(join(side, name), 'utf8')
      const number = Number(/"number": (\d+)/u.exec(text)?.[1])
      writeFileSync(join(side, name), text.replace('"nightly"', '"nightlx"'))
      const flipped = place.run('evidence')
      assert.equal(flipped.status, 1, name)
      assert.match(flipped.stderr, /a record was changed .*its signature does not match/u)
      rmSync(join(side, name))
      const dropped = place.run('evidence')
      // Those of verifications are removed with their sets.
      if (!name.endsWith('.verify')) assert.match(dropped.stderr, /lacks 1 record: \d/u, name)
      inJournal(place, `create table away as select * from evidence where number = ${number}; delete from evidence where number = ${number}`)
      const gone = place.run('evidence')
      if (number > 1 && number < 6) assert.match(gone.stderr, new RegExp(`records are missing in the chain .*: ${number}$`, 'mu'))
      writeFileSync(join(side, name), text)
      const known = place.run('evidence')
      assert.match(known.stderr, /the journal lacks 1 record: /u)
      inJournal(place, 'insert into evidence select * from away; drop table away')
    }
    assert.equal(place.run('evidence').status, 0)
    inJournal(place, "update evidence set text = replace(text, '\"inconclusive\"', '\"proven\"') where kind = 'drill'")
    const better = place.run('evidence', 'export', '--out', join(place.folder, 'out.tar'))
    assert.deepEqual(
      [better.status, /a record was changed \(journal: 4: its signature does not match\)/u.test(better.stderr)],
      [1, true],
      better.stderr,
    )
  })

  it('shows that the journal was set back, and that a new one was begun', (t) => {
    const place = open(t)
    place.shell('cp state/journal.db old.db')
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    place.shell('rm -f state/journal.db-*; cp old.db state/journal.db')
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    assert.match(place.run('evidence').stderr, /there are two records with the number 7 .*: the journal was set back/u)
    place.shell('rm state/journal.db*')
    assert.equal(place.run('-q', 'verify').status, 0)
    assert.match(place.run('evidence').stderr, /a new chain of records was begun/u)
  })

  it('reports a storage that cannot be read, and missed drills', (t) => {
    const place = open(t)
    const to = new Date(Date.now() + 4 * 86400_000).toISOString().slice(0, 10)
    const out = join(place.folder, 'out.tar')
    const from = new Date(Date.now() - 3 * 86400_000).toISOString().slice(0, 10)
    rmSync(join(place.folder, 'root'), { recursive: true })
    writeFileSync(join(place.folder, 'root'), '')
    const { status, stderr } = place.run('evidence', 'export', '--from', from, '--to', to, '--out', out)
    assert.equal(status, 3, stderr)
    assert.match(stderr, /warning: records not read: /u)
    const page = place.shell('tar -xOf out.tar report.html')
    assert.match(page, /not read: /u)
    assert.match(page, new RegExp(`<li>${from} \\d\\d:00: prove, sets of nightly</li>`, 'u'))
  })

  it('refuses days that do not exist', (t) => {
    const place = open(t)
    for (const args of [
      ['--from', '2026-02-30'],
      ['--to', 'soon'],
      ['--from', '2026-02-02', '--to', '2026-02-01'],
    ]) {
      const { status, stderr } = place.run('evidence', 'export', ...args)
      assert.deepEqual([status, /date|day/u.test(stderr)], [2, true], stderr)
    }
  })

  it('do not call records missing that are on another disk, if disks are exchanged', (t) => {
    const place = open(t)
    const [root, other] = [join(place.folder, 'root'), join(place.folder, 'other')]
    renameSync(root, other)
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    const strict = place.run('evidence')
    assert.equal(strict.status, 1)
    assert.match(strict.stderr, /^error: .*\/root\/nightly lacks 4 records: .* that the journal has$/mu)
    const text = readFileSync(join(place.folder, 'holdfast.yaml'), 'utf8').replace('type: localfs,', 'type: localfs, exchanged-disks: true,')
    writeFileSync(join(place.folder, 'holdfast.yaml'), text)
    const warned = /^warning: records not read: .*\/root\/nightly lacks 4 records: .*: they may be on a disk that is not mounted$/mu
    const tolerant = place.run('evidence')
    assert.equal(tolerant.status, 3)
    assert.match(tolerant.stderr, warned)
    assert.equal(place.run('evidence', 'export', '--out', join(place.folder, 'out.tar')).status, 3)
    // What was changed stays a fault.
    const [changed = ''] = readdirSync(join(root, 'nightly/.holdfast-records')).map((name) => join(root, 'nightly/.holdfast-records', name))
    writeFileSync(changed, readFileSync(changed, 'utf8').replace('"nightly"', '"nightlx"'))
    assert.equal(place.run('evidence').status, 1)
  })
})
