import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { restoreTargets } from '../guide/restore-targets.ts'
import { describeContent } from './filters.ts'
import { inverseOf, withoutSuffixes } from './inverse-filters.ts'
import { opensslOptions } from './openssl-filter.ts'
import { undoing } from './restore-commands.ts'

type Words = readonly [string, ...string[]]
const words = (text: string) => text.split(' ') as [string, ...string[]]
const contentOf = (pipeline: string) => describeContent(pipeline.split(' | ').map((stage) => ({ argv: words(stage) as Words })))

const KNOWN: readonly (readonly [string, readonly string[], 'tar'?])[] = [
  ['tar -cf - /etc', [], 'tar'],
  ['/bin/tar --xattrs --selinux --warning=none -cf - -C / etc | /bin/zstd -T0', ['zstd'], 'tar'],
  ['tar cf - /etc | gzip -9n', ['gzip'], 'tar'],
  ['tar -c /etc | xz -T0 -6e', ['xz'], 'tar'],
  ['tar --create --file=- /etc | pigz -p 4', ['gzip'], 'tar'],
  ['tar -czf - /etc', ['gzip'], 'tar'],
  ['tar cJf - /etc | gpg -e -r ops@example.net', ['xz', 'gpg'], 'tar'],
  ['tar --zstd -cf - /etc | age -r age1qexample', ['zstd', 'age'], 'tar'],
  ['nice -n 19 ionice -c 3 tar -cf - /etc | nice zstd -19 --long=31 -', ['zstd'], 'tar'],
  ['tar -cf - /etc | pv -q | zstd | cat | dd bs=1M status=none', ['zstd'], 'tar'],
  ['pg_dumpall | bzip2', ['bzip2']],
  ['pg_dumpall | lbzip2 -n 4', ['bzip2']],
  ['mysqldump shop | lz4 -1', ['lz4']],
  ['slapcat | gzip -c | gpg --batch --symmetric --passphrase-file /etc/key', ['gzip', 'gpg --symmetric']],
  ['slapcat | gpg -c --cipher-algo AES256 --passphrase-file /etc/key', ['gpg --symmetric']],
  ['slapcat | gpg -c -e -r ops@example.net --passphrase-file /etc/key', ['gpg']],
  [
    'slapcat | zstd -T 0 | openssl enc -aes-256-cbc -pbkdf2 -iter 100000 -pass file:/etc/key',
    ['zstd', 'openssl enc -aes-256-cbc -pbkdf2 -iter 100000'],
  ],
  ['slapcat | openssl aes-256-ctr -salt -k hunter2', ['openssl enc -aes-256-ctr -salt']],
  ['tar -cf - /etc | mystery | zstd', ['zstd']],
  ['cat /etc/os-release', []],
  ['echo new', []],
]

// What looks like a filter and is none, or cannot be undone by what we know.
const UNKNOWN = [
  'x | zstd -d',
  'x | gzip -dc',
  'x | xz --decompress',
  'x | zstd -D /etc/dictionary',
  'x | zstd --format=gzip',
  'x | pigz -z',
  'x | xz --format=lzma',
  'x | gzip -c /etc/passwd',
  'x | gpg --decrypt',
  'x | gpg --sign',
  'x | gpg -e -r ops -o /tmp/elsewhere',
  'x | age -d -i key',
  'x | openssl enc -d -aes-256-cbc -k x',
  'x | openssl enc -aes-256-cbc -K 00 -iv 00',
  'x | openssl dgst -sha256',
  'x | sh -c zstd',
  'zstd -c /var/lib/file',
  'tar -cf /tmp/archive /etc',
  'tar -xf - -C /',
  'tar -tvf archive',
  'tar -caf - /etc',
  'tar -I lzop -cf - /etc',
]

describe('describeContent', () => {
  for (const [pipeline, filters, source] of KNOWN) {
    it(`recognizes: ${pipeline}`, () => {
      assert.deepEqual(contentOf(pipeline), { filters, ...(source && { source }) })
    })
  }

  for (const pipeline of UNKNOWN) {
    it(`claims nothing about: ${pipeline}`, () => {
      assert.deepEqual(contentOf(pipeline), { filters: [] })
    })
  }

  it('claims nothing about no pipeline at all', () => {
    assert.deepEqual(describeContent([]), { filters: [] })
  })

  it('never lets a secret of a command line through', () => {
    for (const pipeline of [
      'x | openssl enc -aes-256-cbc -pass pass:hunter2',
      'x | openssl enc -aes-256-cbc -k hunter2',
      'x | gpg -c --passphrase hunter2',
    ]) {
      assert.doesNotMatch(JSON.stringify(contentOf(pipeline)), /hunter2/u)
    }
  })
})

// What a manifest may say that would make openssl do something else than to decrypt, or that a table without own keys alone would know.
const HOSTILE = [
  'openssl enc -out x',
  'openssl enc -aes-256-cbc -provider-path /tmp -provider evil',
  'openssl enc -engine evil',
  'openssl enc -in /etc/shadow',
  'openssl enc -config x',
  'openssl enc -pass env:HOME',
  'openssl enc -aes-256-cbc -K 00 -iv 00',
  'openssl enc -md -out',
  'openssl enc -md sha256 -iter -out',
  'openssl enc -iter 999999999',
  'openssl enc -iter',
  'openssl enc -des-out',
  'openssl enc -aes-256-cbc  -salt',
  'openssl enc -aes-256-cbc\n-out x',
  'openssl enc -aes-256-cbc -writerand x',
  'openssl dgst -sha256',
  'zstd -o x',
  'gpg --symmetric --output x',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty enc',
]

describe('a filter that a manifest names', () => {
  for (const filter of HOSTILE) {
    it(`is undone by nothing: ${JSON.stringify(filter)}`, () => {
      const keys = { passphrase: { kind: 'file', path: '/x' }, environment: {} } as const
      assert.deepEqual([inverseOf(filter), opensslOptions(filter), undoing(filter, keys)], [undefined, undefined, 'unknown'])
      assert.equal(withoutSuffixes('a.sql.enc', [filter]).startsWith('a.sql'), true)
      assert.equal(restoreTargets([{ path: 'a', filters: [filter] }]).length, 1)
    })
  }

  it('is undone with every cipher that openssl enc has in these families', () => {
    for (const cipher of [
      'aes-256-cbc',
      'aes256',
      'aria-128-cfb8',
      'camellia-192-ctr',
      'chacha20',
      'des',
      'des3',
      'des-ede3-cbc',
      'des-ofb',
      'sm4',
      'sm4-ctr',
    ])
      assert.deepEqual(opensslOptions(`openssl enc -${cipher} -md sha512 -iter 100000`), [`-${cipher}`, '-md', 'sha512', '-iter', '100000'])
  })
})
