import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openPlace, type Place } from '../native/place.ts'
import { attack } from './attack.ts'

const BY = 'someone who can write to a storage'

function openScene(t: TestContext): { readonly place: Place; readonly side: string; run(): string } {
  const place = openPlace(t)
  place.configure('{ o: { exec: { argv: [date, +%N] }, compress: none } }')
  const run = () => {
    assert.deepEqual([place.run('-q', 'run', 'nightly').status], [0])
    return place.newestSet()
  }
  return { place, side: join(place.folder, 'root/nightly/.holdfast-records'), run }
}

/** A record with these changes, signed with another key; without one, not signed. */
function forged(genuine: string, changes: object, key?: KeyObject): string {
  const record = JSON.parse(genuine.slice(0, genuine.lastIndexOf('\nsignature: '))) as object
  const spki = key && createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
  const text = `${JSON.stringify({ ...record, ...changes, key: spki ?? null }, undefined, 2)}\n`
  return `${text}signature: ${key ? sign(null, Buffer.from(text), key).toString('base64') : ''}\n`
}

const nameOf = (folder: string) => folder.slice(folder.lastIndexOf('/') + 1)

for (const how of ['signed with another key', 'not signed'] as const)
  attack(
    {
      name: `a record of a drill beside the sets is forged, ${how}`,
      attacker: BY,
      how: `stores a record with the name of the host, which says that a drill has proven a set, continues the chain, and is ${how}; then evidence is exported`,
      outcome:
        'the export fails and names the record, the report does not count it, and the script of the archive reports records that the host does not know',
      needs: ['openssl', 'sha256sum', 'tar'],
    },
    (t) => {
      const { place, side, run } = openScene(t)
      const set = nameOf(run())
      const [name = ''] = readdirSync(side)
      const genuine = readFileSync(join(side, name), 'utf8')
      const { privateKey } = generateKeyPairSync('ed25519')
      const drill = { kind: 'drill', end: 'proven', level: 'full', number: 2, previous: createHash('sha256').update(genuine).digest('hex') }
      const text = forged(genuine, drill, how === 'not signed' ? undefined : privateKey)
      writeFileSync(join(side, name.replace(/[a-z]+\.published$/u, 'proven.drill')), text)
      const { status, stderr } = place.run('evidence', 'export', '--out', join(place.folder, 'out.tar'))
      assert.equal(status, 1, stderr)
      assert.match(
        stderr,
        /1 record in .* with the name of this host, but signed with (?:the key [0-9a-f]{16}|no key), which it does not know: not counted/u,
      )
      place.shell('mkdir out; tar -xf out.tar -C out')
      const page = readFileSync(join(place.folder, 'out/report.html'), 'utf8')
      assert.ok(!page.includes(`<td>${set}<br>by a drill`))
      assert.match(page, /<td class="bad">none<\/td>/u)
      const checked = place.shell('sh out/check.sh')
      assert.match(checked, /^good: 1 records, signed with the key [0-9a-f]{64}\nnot counted: 1 records in the folder unknown/u)
    },
  )

attack(
  {
    name: 'a set is replaced together with the record beside it',
    attacker: BY,
    how: 'puts an older set in the place of a newer one, and stores a record with its manifest that is signed with another key, beside the genuine one or in its place; the journal of the host is lost',
    outcome: 'with the genuine record, the set is not good; without it, the set is neither confirmed nor rejected: the unknown key is reported',
    needs: ['sha256sum'],
  },
  (t) => {
    const { place, side, run } = openScene(t)
    const [older, newer] = [run(), run()]
    rmSync(newer, { recursive: true })
    renameSync(older, newer)
    place.shell(`cd '${newer}'; sed -i 's/${nameOf(older)}/${nameOf(newer)}/' manifest.json RESTORE.md
      sed -i "s/^[0-9a-f]*  manifest.json/$(sha256sum manifest.json)/; s/^[0-9a-f]*  RESTORE.md/$(sha256sum RESTORE.md)/" SHA256SUMS`)
    const genuine = readdirSync(side).find((name) => name.startsWith(nameOf(newer))) ?? ''
    const manifest = createHash('sha256')
      .update(readFileSync(join(newer, 'manifest.json')))
      .digest('hex')
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(
      join(side, genuine.replace('Z.complete', 'Z.incomplete')),
      forged(readFileSync(join(side, genuine), 'utf8'), { manifest, end: 'incomplete' }, privateKey),
    )
    place.shell('rm state/journal.db*')
    const verified = place.run('verify')
    assert.equal(verified.status, 1)
    assert.match(verified.stderr, /is not the set that was published: its manifest differs from that of .* on record/u)
    rmSync(join(side, genuine))
    const unproven = place.run('verify')
    assert.match(unproven.stderr, /is on record only with a key that this host does not know, [0-9a-f]{16}: compare it with the fingerprint/u)
  },
)

attack(
  {
    name: 'records are very many, or very large',
    attacker: BY,
    how: 'stores 60 records of a set, of 15 MiB each; then verifies the set, and checks the evidence',
    outcome: 'a part of them is read, and reported; the records of the storage count as not read',
    needs: [],
  },
  (t) => {
    const { place, side, run } = openScene(t)
    run()
    const [name = ''] = readdirSync(side)
    place.shell('rm state/journal.db*')
    for (let number = 10; number < 70; number += 1) {
      const file = join(side, name.replace(/\d{3}Z\.complete/u, `${number}0Z.complete`))
      writeFileSync(file, '')
      truncateSync(file, 15 * 1024 * 1024)
    }
    assert.match(place.run('verify').stderr, /there are 6[01] records of the publication of .*: 20 were read/u)
    const { status, stderr } = place.run('evidence')
    assert.match(stderr, /records not read: the records of the period in ".*" are larger than 256 MiB/u)
    assert.equal(status, 3)
  },
)
