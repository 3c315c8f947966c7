import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { type EvidenceRecord, readRecord } from '../../src/backup/evidence/evidence-record.ts'
import { requires } from '../support/requires.ts'
import { lacks, openPlace, type Place } from './place.ts'

function recordsIn({ folder }: Place, root = 'root/nightly'): readonly string[] {
  const side = join(folder, root, '.holdfast-records')
  return existsSync(side) ? readdirSync(side).map((name) => join(side, name)) : []
}

/** By number. */
function read(files: readonly string[]): readonly EvidenceRecord[] {
  return files
    .map((file) => {
      const reading = readRecord(readFileSync(file, 'utf8'))
      assert.equal(reading.kind, 'valid', file)
      return reading.kind === 'valid' ? reading.record : assert.fail()
    })
    .toSorted((a, b) => a.number - b.number)
}

function open(t: { after(work: () => void): void }): Place {
  const place = openPlace(t)
  place.configure('{ o: { exec: { argv: [date, +%N] }, compress: none } }')
  return place
}

function run(place: Place): string {
  const { status, stderr } = place.run('-q', 'run', 'nightly')
  assert.deepEqual([status, stderr], [0, ''])
  return place.newestSet()
}

describe('records', () => {
  it('are made of each publication, verification and drill, signed, and chained in their order', (t) => {
    const place = open(t)
    run(place)
    assert.equal(place.run('verify').status, 0)
    assert.equal(place.run('drill', 'nightly', '--level', 'structure').status, 3)
    const files = recordsIn(place)
    const records = read(files)
    assert.deepEqual(
      records.map(({ kind, end, number, task }) => `${number} ${task} ${kind} ${end}`),
      ['1 nightly published complete', '2 nightly verify good', '3 nightly drill inconclusive'],
    )
    const digests = new Map(files.map((file) => [read([file])[0]?.number, createHash('sha256').update(readFileSync(file)).digest('hex')]))
    assert.deepEqual(
      records.map(({ previous }) => previous),
      [null, digests.get(1), digests.get(2)],
    )
    const manifest = createHash('sha256')
      .update(readFileSync(join(place.newestSet(), 'manifest.json')))
      .digest('hex')
    for (const record of records) assert.equal(record.manifest, manifest)
    assert.equal(records[0]?.objects[0]?.['sha256'], place.manifest().objects[0]?.sha256)
    assert.equal(statSync(join(place.folder, 'state/evidence-key.pem')).mode & 0o777, 0o600)
    const db = new DatabaseSync(join(place.folder, 'state/journal.db'), { readOnly: true })
    const rows = db.prepare('select text from evidence order by number').all()
    db.close()
    assert.deepEqual(rows.map(({ text }) => String(text)).toSorted(), files.map((file) => readFileSync(file, 'utf8')).toSorted())
  })

  it('are verified by openssl alone', { skip: lacks('openssl') }, (t) => {
    const place = open(t)
    run(place)
    const [file = ''] = recordsIn(place)
    const script = (name: string) =>
      place.shell(`
        sed '$d' '${name}' > text; sed -n '$s/^signature: //p' '${name}' | openssl base64 -d -A > sig
        openssl pkey -in state/evidence-key.pem -pubout > key.pem
        openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile sig`)
    assert.match(script(file), /Verified Successfully/u)
    writeFileSync(file, readFileSync(file, 'utf8').replace('nightly', 'monthly'))
    assert.throws(() => script(file), /ended with 1/u)
  })

  for (const without of ['nothing', 'the journal', 'the record beside it'] as const)
    it(`show that an older set was put in the place of one, without ${without}`, (t) => {
      const place = open(t)
      const older = run(place)
      const newer = run(place)
      const names = [older, newer].map((it) => it.slice(it.lastIndexOf('/') + 1))
      rmSync(newer, { recursive: true })
      renameSync(older, newer)
      // As consistent as the thief can make it.
      place.shell(`cd '${newer}'; sed -i 's/${names[0]}/${names[1]}/' manifest.json RESTORE.md
        sed -i "s/^[0-9a-f]*  manifest.json/$(sha256sum manifest.json)/; s/^[0-9a-f]*  RESTORE.md/$(sha256sum RESTORE.md)/" SHA256SUMS`)
      if (without === 'the journal') place.shell('rm state/journal.db*')
      if (without === 'the record beside it') place.shell('rm -r root/nightly/.holdfast-records')
      const verified = place.run('verify')
      assert.equal(verified.status, 1)
      assert.match(verified.stderr, /is not the set that was published: its manifest differs from that of .* on record/u)
      const drilled = place.run('drill', 'nightly', '--level', 'structure')
      assert.equal(drilled.status, 1)
      assert.match(drilled.stderr, /failed: "manifest.json" is not the set that was published/u)
    })

  it('remain when the set is removed, except for those of verifications', (t) => {
    const place = openPlace(t)
    place.configure('{ o: { exec: { argv: [date, +%N] }, compress: none } }', 'defaults: { keep: { last: 1 } }')
    const first = run(place).split('/').at(-1) ?? ''
    assert.equal(place.run('verify').status, 0)
    assert.equal(place.run('drill', 'nightly', '--level', 'structure').status, 3)
    run(place)
    const left = recordsIn(place).filter((file) => file.includes(first))
    assert.deepEqual(left.map((file) => file.split('.').at(-1)).toSorted(), ['drill', 'published'])
  })

  it('are made without a key and without a journal, with a note', (t) => {
    const place = open(t)
    run(place)
    place.shell('echo broken > state/evidence-key.pem; rm -f state/journal.db*; mkdir state/journal.db state/journal.db/x')
    const { status, stderr } = place.run('verify')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /records are not signed: could not use the key ".*evidence-key.pem"/u)
    const file = recordsIn(place).find((it) => it.endsWith('.verify')) ?? ''
    assert.equal(readRecord(readFileSync(file, 'utf8')).kind, 'unsigned')
  })

  it('are copied with a set', (t) => {
    const place = open(t)
    const file = join(place.folder, 'holdfast.yaml')
    const config = readFileSync(file, 'utf8')
      .replace('storages: {', `storages: { other: { type: localfs, root: ${place.folder}/other },`)
      .replace('backup: {', 'backup: { to: local,')
    writeFileSync(file, `${config}  off:\n    steps:\n      - copy: { from: local, to: other, name: nightly }\n`)
    run(place)
    const copied = place.run('-q', 'run', 'off')
    assert.deepEqual([copied.status, copied.stderr], [0, ''])
    assert.deepEqual(
      read(recordsIn(place, 'other/nightly')).map(({ kind }) => kind),
      ['published'],
    )
  })

  it('do not mistake a set of another host for a replaced one of the same name', { skip: requires('root', 'unshare') }, (t) => {
    const place = open(t)
    const config = readFileSync(join(place.folder, 'holdfast.yaml'), 'utf8')
    writeFileSync(join(place.folder, 'other.yaml'), config.replace(`${place.folder}/root`, `${place.folder}/other`))
    writeFileSync(join(place.folder, 'id'), `${'1'.repeat(32)}\n`)
    const program = join(import.meta.dirname, '../../holdfast')
    const newest = (root: string) =>
      readdirSync(join(place.folder, root, 'nightly'))
        .filter((it) => it.startsWith('2'))
        .toSorted()
        .at(-1)
    for (let tries = 1; tries === 1 || newest('root') !== newest('other'); tries += 1) {
      assert.ok(tries < 30)
      place.shell(`HOLDFAST_STATE=$PWD/state2 unshare --mount sh -c 'mount --bind id /etc/machine-id; exec "$@"' sh '${program}' -q -f other.yaml run nightly &
        '${program}' -q -f holdfast.yaml run nightly; wait $!`)
    }
    const { status, stderr } = place.run('-f', join(place.folder, 'other.yaml'), 'verify')
    assert.equal(status, 0, stderr)
    assert.match(stderr, /is on record only with a key that this host does not know, [0-9a-f]{16}/u)
    assert.equal(place.run('verify').status, 0)
  })
})
