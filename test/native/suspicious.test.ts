import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { noLoop } from '../support/no-loop.ts'
import { requires } from '../support/requires.ts'
import { lacks, openPlace, type Place } from './place.ts'

const skip = lacks('zstd', 'tar')
const asRoot = requires('root') || skip

function fill(place: Place, count: number): void {
  mkdirSync(join(place.folder, 'data'), { recursive: true })
  for (let index = 0; index < count; index++) writeFileSync(join(place.folder, 'data', String(index)), 'x')
}

function configure(place: Place): void {
  place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }, keep: { last: 2 }`)
}

const names = (place: Place) => readdirSync(join(place.folder, 'root/nightly')).filter((name) => name.startsWith('2'))
const states = (place: Place) => [...place.run('sets').stdout.matchAll(/^ *2\S+ +(?<state>\S+)/gmu)].map(({ groups }) => groups?.['state'])

describe('a source that has lost its contents', () => {
  it('makes suspicious sets, for which rotation waits until they are accepted', { skip }, (t) => {
    const place = openPlace(t)
    configure(place)
    fill(place, 8)
    for (const _ of [1, 2]) assert.equal(place.run('-q', 'run', '--strict').status, 0)
    const good = names(place)
    place.shell('rm -r data/*')
    for (const _ of [1, 2, 3]) {
      const { status, stderr } = place.run('run', '--strict')
      assert.equal(status, 3)
      assert.match(stderr, /the new set is suspicious: object "data.tar.zst": ".*\/data" is empty/u)
      assert.match(stderr, /no old sets were removed .* is suspicious/u)
    }
    assert.deepEqual(states(place), ['complete', 'complete', 'suspicious', 'suspicious', 'suspicious'])
    assert.deepEqual(place.manifest().suspicious, [`object "data.tar.zst": "${place.folder}/data" is empty`])
    assert.match(place.run('check', 'nightly', '--timeout', '10m').stdout, /is suspicious/u)
    assert.equal(place.run('-q', 'rotate').status, 0)
    assert.deepEqual(names(place).slice(0, 2), good)
    const [, , one = '', two = ''] = names(place)
    for (const words of [['accept', one], ['accept', 'nightly', two], ['accept']]) assert.equal(place.run(...words).status, 0, words.join())
    assert.deepEqual(states(place), Array(5).fill('complete'))
    assert.equal(place.run('accept').status, 1)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    assert.equal(names(place).length, 2)
    assert.deepEqual(readdirSync(join(place.folder, 'root/nightly/.holdfast-index')), [`${names(place)[0]}.accepted`])
  })

  it('is noticed by the number of entries, and from the first set on if nothing is there', { skip }, (t) => {
    const place = openPlace(t)
    configure(place)
    fill(place, 0)
    assert.match(place.run('run').stderr, /the new set is suspicious/u)
    place.run('accept')
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    fill(place, 20)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    place.shell('rm data/1?')
    // 11 of 21 is more than half.
    assert.doesNotMatch(place.run('run').stderr, /suspicious/u)
    place.shell('rm data/[2-9]')
    assert.match(place.run('run').stderr, /suspicious: object "data.tar.zst": number of entries: 3, 11 in the last set/u)
    assert.match(place.run('restore', 'nightly', 'latest', '--to', 'back').stderr, /warning: the set is suspicious/u)
  })

  it('is noticed by the size and by the rows of a database', { skip: lacks('sqlite3') }, (t) => {
    const place = openPlace(t)
    place.configure(`{ app: { sqlite: { path: ${place.folder}/app.db }, compress: none } }`)
    place.shell(`sqlite3 app.db "create table t(a); insert into t values(randomblob(200000))"`)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    place.shell(`sqlite3 app.db "update t set a = 1; vacuum"`)
    assert.match(place.run('run').stderr, /suspicious: object "app.db": size: .*, .* in the last set/u)
    place.shell(`sqlite3 app.db "delete from t; vacuum"`)
    assert.match(place.run('run').stderr, /suspicious: object "app.db": number of rows: 0, 1 in the last set/u)
  })

  it('is noticed if it is not mounted, whatever is in the folder below', { skip: asRoot }, (t) => {
    const place = openPlace(t)
    configure(place)
    fill(place, 3)
    execFileSync('mount', ['-t', 'tmpfs', 'none', `${place.folder}/data`])
    fill(place, 3)
    const first = place.run('-q', 'run', '--strict')
    execFileSync('umount', [`${place.folder}/data`])
    assert.equal(first.status, 0, first.stderr)
    assert.match(place.run('run').stderr, /suspicious: .*the file system that was mounted at ".*\/data" is not mounted/u)
  })

  it('is noticed if a file system below it is not mounted that was saved, too', { skip: asRoot || noLoop() }, (t) => {
    const place = openPlace(t)
    place.configure(`{ data: { files: { paths: [${place.folder}/data], one-file-system: false } } }`)
    fill(place, 40)
    place.shell('truncate -s 8M disk; mkfs.ext4 -q disk; mkdir data/disk; mount -o loop disk data/disk; echo x >data/disk/x')
    const first = place.run('-q', 'run', '--strict')
    place.configure(`{ data: { files: { paths: [${place.folder}/data], one-file-system: false, exclude: [${place.folder}/data/disk] } } }`)
    const excluded = place.run('run')
    place.shell('umount data/disk')
    assert.equal(first.status, 0, first.stderr)
    assert.deepEqual(place.manifest().objects[0]?.coverage?.entered, undefined)
    for (const { stderr } of [excluded, place.run('run')])
      assert.match(stderr, /suspicious: .*the file system at ".*\/data\/disk", which the last set contains, is not mounted, or is left out now/u)
  })
})

describe('on-object-failure: keep', () => {
  const objects = (more = '') =>
    `{ good: { exec: [echo, good] }, bad: { exec: [sh, -c, "echo begun; test -e ok"] }, after: { exec: [echo, late], after: [bad] }${more} }`
  const configureKeep = (place: Place, more?: string) => place.configure(`${objects(more)}, on-object-failure: keep, keep: { last: 1 }`)

  it('publishes an incomplete set, which every command treats as such', (t) => {
    const place = openPlace(t)
    configureKeep(place)
    writeFileSync(join(place.folder, 'ok'), '')
    assert.equal(place.run('-q', 'run').status, 0)
    const [complete = ''] = names(place)
    place.shell('rm ok')
    for (const _ of [1, 2]) {
      const { status, stderr } = place.run('run')
      assert.equal(status, 4)
      assert.match(stderr, /error: the set is incomplete: 2 of 3 objects could not be made: "bad.*", "after.*"/u)
    }
    // The older incomplete set is gone, the complete one is not.
    assert.deepEqual(states(place), ['complete', 'incomplete'])
    assert.equal(names(place)[0], complete)
    assert.deepEqual(
      place.manifest().objects.map(({ path }) => path.split('.')[0]),
      ['good'],
    )
    assert.deepEqual(
      readdirSync(place.newestSet()).filter((name) => /^(?:bad|after)/u.test(name)),
      [],
    )
    assert.match(place.shell(`cat '${place.newestSet()}/RESTORE.md'`), /\*\*It is incomplete\.\*\*/u)
    const verified = place.run('verify')
    assert.equal(verified.status, 1)
    assert.match(verified.stderr, /"bad.*" is missing: it could not be made/u)
    assert.match(place.run('check', 'nightly', '--timeout', '10m').stdout, /is incomplete/u)
    const restored = place.run('restore', 'nightly', 'latest', '--to', 'back')
    assert.equal(restored.status, 0)
    assert.match(restored.stderr, /warning: the set is incomplete: the object "bad.*" could not be made/u)
    const listed = place.run('ls', 'nightly')
    assert.match(listed.stdout, /^missing: bad\.zst could not be made\nmissing: after\.zst could not be made\n/mu)
    for (const words of [
      ['ls', 'nightly', 'latest', 'bad'],
      ['restore', 'nightly', 'latest', 'bad.zst', '--to', 'back'],
    ])
      assert.match(place.run(...words).stderr, /object "bad\.zst" is missing: it could not be made/u)
    writeFileSync(join(place.folder, 'ok'), '')
    assert.equal(place.run('-q', 'run').status, 0)
    assert.deepEqual(states(place).toSorted(), ['complete', 'incomplete'])
    assert.equal(states(place).at(-1), 'complete')
  })

  it('makes no set if every object fails', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: ["false"] }, b: { exec: ["false"] } }, on-object-failure: keep')
    assert.equal(place.run('run').status, 1)
    assert.deepEqual(names(place), [])
  })
})

describe('a run without a manifest to compare with', () => {
  it('is noted, because nothing can be conspicuous', { skip: lacks('zstd', 'tar') }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/x')
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    place.shell(`echo broken >> '${place.newestSet()}/manifest.json'; rm -rf state data/x`)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3, stderr)
    assert.match(stderr, /could not compare the objects with those of previous sets: .*(?:damaged|manifest)/u)
  })
})

describe('two hosts with one folder', () => {
  it('each rotates its own sets, a renamed host is the same, and a new one adopts those of the old one', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }, keep: { last: 1 }')
    const asOther = (script: (path: string) => string) => place.shell(script(join(place.newestSet(), 'manifest.json')))
    assert.equal(place.run('-q', 'run').status, 0)
    asOther((path) => `sed -i -e 's/"host": .*/"host": "other",/' -e 's/"hostId": .*/"hostId": "0123",/' '${path}'`)
    const [other = ''] = names(place)
    for (const _ of [1, 2]) assert.equal(place.run('-q', 'run', '--strict').status, 0)
    assert.deepEqual([names(place).length, names(place)[0]], [2, other])
    assert.match(place.run('rotate', '--dry-run').stdout, new RegExp(`leave ${other.replaceAll('+', '\\+')}: made by another host`, 'u'))
    // The same host by another name.
    asOther((path) => `sed -i 's/"host": .*/"host": "old-name",/' '${path}'`)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    assert.deepEqual([names(place).length, names(place)[0]], [2, other])
    assert.match(place.run('sets').stdout, /complete, of "other"/u)
    const none = place.run('adopt', 'nobody')
    assert.equal(none.status, 1)
    assert.match(none.stderr, /no sets of a host "nobody"\n.*Hosts with sets: "other"\./u)
    assert.equal(place.run('adopt', 'other', 'nightly').stdout, `adopted ${other} on ${join(place.folder, 'root', 'nightly')}\n`)
    assert.match(place.run('sets').stdout, /complete, adopted/u)
    assert.equal(place.run('-q', 'rotate').status, 0)
    assert.equal(names(place).includes(other), false)
    assert.equal(place.shell('ls root/nightly/.holdfast-index'), '')
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
  })
})

describe('a set that another host made meanwhile in the same folder', () => {
  it('is not the latest one of this host, and not a sign that this one is backed up', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo, a] } }')
    assert.equal(place.run('-q', 'run').status, 0)
    const [own = ''] = names(place)
    place.shell('sleep 1.1')
    assert.equal(place.run('-q', 'run').status, 0)
    const other = names(place).at(-1) ?? ''
    assert.notEqual(own, other)
    place.shell(`sed -i -e 's/"host": .*/"host": "other",/' -e 's/"hostId": .*/"hostId": "0123",/' '${place.newestSet()}/manifest.json'`)
    assert.match(place.run('restore', 'nightly', 'latest', '--to', 'latest').stdout, new RegExp(`of ${own} to`, 'u'))
    assert.match(place.run('restore', 'nightly', new Date().toISOString().slice(0, 10), '--to', 'day').stdout, new RegExp(`of ${own} to`, 'u'))
    assert.match(place.run('ls', 'nightly').stdout, new RegExp(`^${own} of task`, 'u'))
    assert.match(place.run('verify').stdout, new RegExp(`: ${own}: good`, 'u'))
    // What was restored is of no known kind.
    assert.match(place.run('drill', 'nightly').stderr, new RegExp(`drill of ${own}: `, 'u'))
    const named = place.run('restore', 'nightly', other, '--to', 'named')
    assert.deepEqual([named.status, /^note: the set was made by another host, "other"$/mu.test(named.stderr)], [0, true], named.stderr)
    // As on a new host, which has only sets of others.
    place.shell(`rm -r '${join(place.folder, 'root/nightly', own)}'`)
    const { status, stdout } = place.run('check', '-v', 'nightly', '--timeout', '10m')
    assert.equal(status, 2)
    assert.match(stdout, /no complete set of "nightly" on "local", except 1 set of other hosts/u)
    const recovered = place.run('restore', 'nightly', 'latest', '--to', 'recovered')
    assert.deepEqual([recovered.status, recovered.stdout.includes(`of ${other} to`)], [0, true], recovered.stderr)
    assert.match(recovered.stderr, /^note: the set was made by another host, "other"$/mu)
  })
})

describe('verify --deep without the key', () => {
  it('prints a warning in any case, and ends with its own exit code, which check reports', { skip: lacks('age') }, (t) => {
    const place = openPlace(t)
    place.shell('age-keygen -o key.txt 2>/dev/null; age-keygen -y key.txt > public')
    const top = `keys: { office: ${place.shell('cat public').trim()} }`
    place.configure('{ secret: { exec: [echo, x], encrypt: office }, other: { exec: [echo, x], encrypt: office } }', top)
    assert.equal(place.run('-q', 'run').status, 0)
    const { status, stderr } = place.run('-q', 'verify', '--deep')
    assert.equal(status, 3)
    assert.match(stderr, /^warning: \S+: \S+: checksum only: 2 objects are encrypted \("secret\.zst\.age", "other\.zst\.age"\): .*--identity.*\n$/u)
    assert.match(place.run('verify', '--deep').stdout, /: checksum only \(2 objects/u)
    assert.equal(place.run('-q', 'verify', '--strict').status, 0, 'only the checksums were to be compared')
    const before = place.run('check', '-v', '--timeout', '10m')
    assert.equal(before.status, 1)
    assert.match(before.stdout, /WARNING - .*the set \S+ of "nightly" on "\S+" was verified only by its checksums/u)
    assert.match(before.stdout, /verify --deep --identity FILE nightly/u, 'the hint names an option of verify')
    place.shell('age-keygen -o another.txt 2>/dev/null')
    const another = place.run('-q', 'verify', '--deep', '--identity', 'another.txt')
    assert.equal(another.status, 3, 'the key is missing, and the set is not bad')
    assert.match(another.stderr, /^warning: \S+: \S+: checksum only: 2 objects are encrypted .*no identity matched.*\n$/u)
    const found = place.run('find', 'no-such-name')
    assert.match(found.stderr, /^warning: not searched: 2 encrypted objects of 1 set: .*--identity.*\nerror: nothing found/u)
    const restored = place.run('restore', 'nightly', '--to', 'back')
    assert.equal(restored.status, 1)
    assert.match(restored.stderr, /^error: .*nothing was restored\n {4}2 objects are encrypted \([^\n]*--identity[^\n]*\n$/u)
    assert.deepEqual(place.run('-q', 'verify', '--deep', '--strict', '--identity', 'key.txt'), { status: 0, stdout: '', stderr: '' })
    assert.equal(place.run('check', '--timeout', '10m').status, 0)
    place.shell(`echo y >> '${place.newestSet()}/secret.age'`)
    assert.equal(place.run('-q', 'verify').status, 1)
    assert.match(
      place.run('check', 'nightly', '--timeout', '10m').stdout,
      /CRITICAL .*the last verification of "nightly" on \S+ \(set \S+\) found 1 problem: "secret.age"/u,
    )
    place.shell("sed -i 's#/root }#/elsewhere }#' holdfast.yaml")
    assert.equal(place.run('-q', 'run').status, 0)
    assert.equal(place.run('check', 'nightly', '--timeout', '10m').status, 0, 'the earlier storage is no longer used')
  })
})
