import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { COMPRESSOR_PROGRAMS } from '../../src/backup/filter/filters.ts'
import { NAMED_FILTERS } from '../../src/backup/filter/inverse-filters.ts'
import { restoreTargets } from '../../src/backup/guide/restore-targets.ts'
import type { ObjectRecord } from '../../src/backup/set/manifest.ts'
import type { EncryptionKey } from '../../src/config/native/keys.ts'
import type { CompressInput } from '../../src/config/native/schema/filters.ts'
import type { SourceKind } from '../../src/config/native/schema/sources.ts'
import { guideBlocks } from '../support/guide.ts'
import { isInstalled } from '../support/lacks.ts'
import { assertSameText } from '../support/same-text.ts'
import { playsAll, someOf } from '../support/some-of.ts'
import { plantTree, portrayTree } from '../support/trees.ts'
import { lacks, openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, noSlapd, openDirectory, startMariadb, startPostgresql } from './servers.ts'

const skip =
  noPostgresql || noMariadb || noSlapd || lacks('age', 'gpg', 'openssl', 'lz4', 'xz', 'bzip2', 'pigz', 'sqlite3', 'setfattr', 'setfacl', 'setcap')

// What a configuration can say: one more source, method or kind of key does not compile here before it is in the tables.
type Method = Extract<CompressInput, string>
const METHODS: { readonly [M in Method]: M } = { none: 'none', zstd: 'zstd', gzip: 'gzip', xz: 'xz' }
const KEYS: { readonly [K in EncryptionKey['kind']]: string } = { age: 'by-age', gpg: 'by-gpg', passphrase: 'by-words' }

// What a pipeline can say, by the program that is told in the plan.
const OPENSSL = ['openssl', 'enc', '-aes-256-cbc', '-pbkdf2', '-iter', '1000']
const ENCRYPTORS = (place: Place): Readonly<Record<string, readonly string[]>> => ({
  age: ['age', '-r', readFileSync(join(place.folder, 'recipient'), 'utf8').trim()],
  gpg: ['gpg', '--batch', '--trust-model', 'always', '-e', '-r', 'ops@example.net'],
  'gpg --symmetric': ['gpg', '--batch', '--pinentry-mode', 'loopback', '-c', '--passphrase-file', `${place.folder}/pass`],
  [OPENSSL.slice(0, 2).join(' ')]: [...OPENSSL, '-pass', `file:${place.folder}/pass`],
  'openssl short': ['openssl', 'aes-128-ctr', '-md', 'sha512', '-pbkdf2', '-a', '-pass', `file:${place.folder}/pass`],
})

/** The sources, each as a configuration says it. */
async function openSources(place: Place): Promise<{ readonly [K in SourceKind]: string }> {
  const [pg, db, directory] = [startPostgresql(place), await startMariadb(place), openDirectory(place)]
  pg.sql('postgres', 'create database shop')
  pg.sql('shop', "create table t as select n, 'row ' || n as s from generate_series(1, 500) n; select lo_from_bytea(7, 'large')")
  db.sql('', "create database shop; use shop; create table t (b blob); insert into t values (x'00ff0a'), (null)")
  place.shell(`${directory.bin}/slapadd -q <<END
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: example
dc: example
END
sqlite3 app.db 'create table t(n); insert into t values (1), (2)'; mkdir tree quick; seq 10000 >text
# What asks much of the host is left out: it would be asked seven times.
for it in df systemctl dpkg sysctl ss docker pvs; do printf '#!/bin/sh\necho "$0"\n' >quick/$it; chmod 755 quick/$it; done`)
  plantTree(join(place.folder, 'tree'))
  return {
    exec: `exec: [cat, ${place.folder}/text]`,
    pipeline: `pipeline: [[cat, ${place.folder}/text], [tac]]`,
    files: `files: { paths: [${place.folder}/tree] }`,
    'host-facts': `host-facts: {}, environment: { PATH: "${place.folder}/quick:/usr/bin:/bin" }`,
    postgresql: `postgresql: { databases: [shop], ${pg.connect} }`,
    mariadb: `mariadb: { databases: [shop], ${db.connect} }`,
    sqlite: `sqlite: { path: ${place.folder}/app.db, temporary-folder: ${place.folder} }`,
    ldap: `ldap: {}, environment: { PATH: "${directory.bin}:/usr/bin:/bin" }`,
  }
}

function openKeys(place: Place): string {
  place.shell(`printf 'CANARY pass: word\\n' >pass; age-keygen -o key 2>/dev/null; age-keygen -y key >recipient; mkdir -m 700 .gnupg
gpg --batch --quiet --passphrase '' --quick-gen-key ops@example.net default default never`)
  place.atEnd(() => place.shell('gpgconf --kill gpg-agent'))
  return `keys:
  ${KEYS.age}: { age: ${readFileSync(join(place.folder, 'recipient'), 'utf8').trim()} }
  ${KEYS.gpg}: { gpg: ops@example.net }
  ${KEYS.passphrase}: { passphrase: "\${file:${place.folder}/pass}" }`
}

/** Every source by every method and by every kind of key; the cheapest source by every pair of them. */
function nativeObjects(sources: Readonly<Record<string, string>>): readonly string[] {
  const made = (kind: string, method: string, key: string) => `${kind}-${method}-${key}: { ${sources[kind]}, compress: ${method}, encrypt: ${key} }`
  const [methods, keys] = [Object.keys(METHODS), Object.values(KEYS)]
  return Object.keys(sources).flatMap((kind) => [
    ...someOf(methods.map((method) => made(kind, method, 'none'))),
    ...someOf(kind === 'exec' ? methods.flatMap((method) => keys.map((key) => made(kind, method, key))) : keys.map((key) => made(kind, 'zstd', key))),
  ])
}

/** Every program that is known as a compressor or an encryptor, behind an archive, behind a stream, and one behind the other. */
function pipelineObjects(place: Place): readonly string[] {
  const compressors = COMPRESSOR_PROGRAMS.filter(isInstalled).map((it) => [it, ['-c']] as const)
  const encryptors = Object.entries(ENCRYPTORS(place))
  const words = (argv: readonly string[]) => JSON.stringify(argv)
  const archive = words(['tar', '-C', place.folder, '-cf', '-', 'small'])
  const stream = words(['cat', `${place.folder}/text`])
  const filters = [...compressors.map(([name]) => [name, [name]] as const), ...encryptors]
  return someOf(filters).flatMap(([name, argv]) => {
    const label = name.replaceAll(' ', '_')
    const object = (kind: string, stages: readonly string[]) => `p-${kind}-${label}: { pipeline: [${stages.join(', ')}], compress: none }`
    return [
      object('tar', [archive, words(argv)]),
      object('stream', [stream, words(argv)]),
      object('both', [stream, words(['gzip']), words(argv), words(['xz'])]),
    ]
  })
}

/** What was restored, as far as it is the same for every filter. */
function portray(path: string, { kind }: ObjectRecord, place: Place): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'latin1').replaceAll(/^(?:-- Dump completed on.*|\\(?:un)?restrict .*)$/gmu, '')
  // Facts of a host change all the time.
  if (kind === 'host-facts') return 'facts'
  return portrayTree(kind === 'files' ? join(path, place.folder, 'tree') : path)
}

describe('every filter around every source', { skip }, () => {
  it('is undone by the guide alone, and by the program, to the same bytes', async (t) => {
    const place = openPlace(t)
    const keys = openKeys(place)
    const sources = await openSources(place)
    place.shell('mkdir small; cp text small/; ln small/text small/again')
    place.configure(`{ ${[...nativeObjects(sources), ...pipelineObjects(place)].join(', ')} }`, keys)
    const made = place.run('-q', 'run')
    assert.deepEqual(made, { status: 0, stdout: '', stderr: '' })
    const { objects } = place.manifest()
    const seen = new Set(objects.flatMap(({ filters }) => filters).map((it) => (it.startsWith('openssl') ? 'openssl' : it)))
    if (playsAll) assert.deepEqual([...seen].toSorted(), [...NAMED_FILTERS, 'openssl'].toSorted())

    const guide = readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8')
    const secrets = {
      AGE_KEY: `${place.folder}/key`,
      GPG_PASSPHRASE_FILE: `${place.folder}/pass`,
      OPENSSL_PASS: `file:${place.folder}/pass`,
      GNUPGHOME: `${place.folder}/.gnupg`,
    }
    const blocks = [...guideBlocks(guide), ...guideBlocks(guide, 'sh needs-key')]
    assert.equal(blocks.length, objects.length + 2)
    place.guided(blocks.join('\n'), { ...secrets, DEST: join(place.folder, 'by-hand') })
    assert.doesNotMatch(guide, /CANARY/u)

    const restored = place.run('restore', 'nightly', '--to', 'by-us', '--identity', 'key', '--passphrase-file', 'pass')
    assert.deepEqual([restored.status, restored.stderr], [0, ''])
    place.shell('diff -r --no-dereference -x fifo -x device by-hand by-us')

    const texts = new Map<string, string>()
    const targets = restoreTargets(objects)
    for (const [index, object] of objects.entries()) {
      const text = portray(join(place.folder, 'by-hand', targets[index] ?? ''), object, place)
      const group = `${object.kind} ${object.source} ${/globals/u.exec(object.path)?.[0]} ${object.path.startsWith('p-')}`
      assertSameText(text, texts.get(group) ?? text)
      texts.set(group, text)
    }
    const wanted = readFileSync(join(place.folder, 'text'), 'latin1')
    assertSameText(texts.get('exec undefined undefined false') ?? '', wanted)
    assertSameText(texts.get('pipeline undefined undefined true') ?? '', wanted)
    assertSameText(texts.get('files tar undefined false') ?? '', portrayTree(join(place.folder, 'tree')))
    assert.equal(texts.size, 11)
    writeFileSync(join(place.folder, 'pass'), 'another')
    const wrong = place.run('restore', 'nightly', '--to', 'wrong', '--identity', 'key', '--passphrase-file', 'pass')
    assert.equal(wrong.status, 1)
  })
})
