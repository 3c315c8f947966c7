import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DrillResult } from '../../src/backup/drill/drill-result.ts'
import { decodeEvent } from '../../src/run/decode-event.ts'
import { forgeObject, forgetRecords } from '../support/forge.ts'
import { noOtherDay, onOtherDay } from '../support/other-day.ts'
import { noSandbox } from './drills.ts'
import { lacks, openPlace, type Place } from './place.ts'

/** The change times of the files are those of today, so the program runs in three days. */
function later(place: Place) {
  return (...args: readonly string[]) => place.runWith(onOtherDay(3), ...args)
}

const drilled = (text: string) => (JSON.parse(text) as DrillResult).objects[0]

describe('sample of the contents of files', { skip: noOtherDay || lacks('gpg', 'zstd') }, () => {
  it('is recorded of files that have not changed for a day, if the object is not encrypted', (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; for i in $(seq 40); do echo "content $i" >data/$i; done; ln -s 1 data/link; : >data/empty; echo secret >pass')
    const files = `files: { paths: [${place.folder}/data] }`
    place.configure(
      `{ plain: { ${files} }, encrypted: { ${files}, encrypt: main } }`,
      `keys: { main: { passphrase: "\${file:${place.folder}/pass}" } }`,
    )
    const samples = () => place.manifest().objects.map(({ path, coverage }) => [path, coverage?.sample] as const)
    assert.equal(place.run('-q', 'run').status, 0)
    assert.deepEqual(samples(), [
      ['plain.tar.zst', undefined],
      ['encrypted.tar.zst.gpg', undefined],
    ])
    const { status, stderr } = later(place)('-q', 'run')
    assert.equal(status, 0, stderr)
    const [[, sample = []] = [], encrypted] = samples()
    assert.deepEqual(encrypted, ['encrypted.tar.zst.gpg', undefined])
    assert.equal(new Set(sample.map(({ path }) => path)).size, 16)
    for (const { path, bytes, sha256 } of sample) {
      const content = readFileSync(`/${path}`)
      assert.deepEqual([bytes, sha256], [content.length, createHash('sha256').update(content).digest('hex')])
    }
  })

  it('is not part of the events of a run', (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/file')
    place.configure(`{ a: { files: { paths: [${place.folder}/data] } } }`)
    const { stdout, stderr } = later(place)('run', '--json')
    assert.match(stdout, /"object-ended".*"taps":\[\{"lines":2,"bytes":2,"digest":"[0-9a-f]{64}"\}\]/u, stderr)
    // A reader of the events, such as the pages, knows each of them.
    for (const line of stdout.trim().split('\n')) assert.equal(decodeEvent(line).kind, 'event', line)
    assert.match(place.shell('cat root/nightly/2*/manifest.json'), /"sample": \[/u)
  })

  it('is compared by verify and drill', { skip: noSandbox }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; for i in $(seq 3); do echo "content $i" >data/$i; done')
    place.configure(`{ a: { files: { paths: [${place.folder}/data] } } }`)
    const program = later(place)
    assert.equal(program('-q', 'run').status, 0)
    const drill = () => program('drill', 'nightly', 'latest', '--json', '--folder', place.folder)
    assert.equal(program('verify', '--deep').status, 0)
    const good = drill()
    assert.equal(good.status, 0, good.stderr)
    assert.ok(drilled(good.stdout)?.asked.includes('contents of 3 files, chosen at random, as read in the source'))

    // Of the same size, so that the list of the archive is as recorded.
    const set = place.newestSet()
    const archive = place.shell(`zstd -dc ${set}/a.tar.zst | sed 's/content 2/CONTENT 2/' | zstd -c >changed; echo changed`)
    forgeObject(set, 'a.tar.zst', readFileSync(join(place.folder, archive.trim())))
    forgetRecords(set, join(place.folder, 'state'))
    const fault = `has other contents than the source had, in "${place.folder.slice(1)}/data/2"`
    const verified = program('verify', '--deep')
    assert.notEqual(verified.status, 0)
    assert.ok(verified.stdout.concat(verified.stderr).includes(fault), verified.stdout + verified.stderr)
    const bad = drill()
    assert.notEqual(bad.status, 0)
    assert.deepEqual([drilled(bad.stdout)?.end, drilled(bad.stdout)?.reasons], ['failed', [fault]])
  })
})
