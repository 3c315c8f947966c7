import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { lacks, openPlace } from './place.ts'

describe('what would fail is reported before the run', () => {
  const cases = [
    ['a missing program', '{ a: { exec: [/no/such/program] } }', /could not start "\/no\/such\/program": file not found/u],
    ['a missing path', '{ a: { files: { paths: [/no/such/path] } } }', /the path "\/no\/such\/path" does not exist/u],
    [
      'a missing secret',
      `{ a: { exec: [echo], environment: { X: "$\{file:/no/such/secret}" } } }`,
      /could not read the secret in "\/no\/such\/secret"/u,
    ],
    ['an unknown user', '{ a: { exec: [echo], user: nobody-at-all } }', /unknown user "nobody-at-all"/u],
  ] as const
  for (const [name, objects, message] of cases)
    it(`${name}, by "config check" and by a dry run`, { skip: requires('root') }, (t) => {
      const place = openPlace(t)
      place.configure(objects)
      for (const words of [
        ['config', 'check'],
        ['run', '--dry-run'],
      ]) {
        const { status, stdout } = place.run(...words)
        assert.equal(status, 1, words.join(' '))
        assert.match(stdout, message)
      }
    })

  it('a storage that cannot be used, with what to do, and the command that tests it', (t) => {
    const place = openPlace(t)
    place.configure('{ a: { exec: [echo] } }')
    place.shell('touch root')
    const { status, stdout } = place.run('config', 'check')
    assert.equal(status, 1)
    assert.match(stdout, /error: could not open .* Test the storage with "holdfast storage check local"\. /u)
    assert.match(place.run('doctor').stdout, /Test the storage with "holdfast storage check local"\./u)
    place.shell('rm root; mkdir root')
    const tested = place.run('storage', 'check', '--size', '0')
    assert.equal(tested.status, 0, tested.stderr)
    assert.match(tested.stdout, /^local: /u, 'the only storage needs no name')
  })

  it('a missing key of GnuPG, and one that expires soon', { skip: lacks('gpg') }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir -m 700 gnupg')
    const top = `keys: { office: { gpg: me@example.org } }\ndefaults: { encrypt: office, environment: { GNUPGHOME: ${place.folder}/gnupg } }`
    place.configure('{ a: { exec: [echo, a] } }', top)
    const missing = place.run('config', 'check')
    assert.equal(missing.status, 1)
    assert.match(missing.stdout, /error: the GnuPG key "me@example.org" is not in the keyring/u)
    place.shell(
      "export GNUPGHOME=$PWD/gnupg; gpg --batch --quiet --passphrase '' --quick-generate-key me@example.org future-default default 10d 2>/dev/null; gpgconf --kill all",
    )
    const soon = place.run('config', 'check')
    assert.equal(soon.status, 0, soon.stdout)
    assert.match(soon.stdout, /warning: the GnuPG key "me@example.org" expires on \d{4}-\d\d-\d\d, in (?:9|10) d/u)
    assert.match(place.run('run', '--dry-run').stdout, /warning: the GnuPG key/u)
    assert.equal(place.run('-q', 'run').status, 0)
  })

  it('no expired key of GnuPG, if a newer one with the same name or for the same key is valid', { skip: lacks('gpg') }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir -m 700 gnupg')
    place.atEnd(() => place.shell('GNUPGHOME=$PWD/gnupg gpgconf --kill all'))
    const top = (name: string) =>
      `keys: { office: { gpg: "${name}" } }\ndefaults: { encrypt: office, environment: { GNUPGHOME: ${place.folder}/gnupg } }`
    // A clock of its own for each call: a faked one goes on, so that a key may be a second younger than the next call.
    const past = (day: number) => `--faked-system-time 202001${String(day).padStart(2, '0')}T000000`
    const gpg = "gpg --homedir gnupg --batch --quiet --yes --passphrase ''"
    // A key whose first subkey has expired, and a key that has expired with another one that has not.
    place.shell(`${gpg} ${past(1)} --quick-gen-key sub@example.org ed25519 cert never
      fpr() { ${gpg} --with-colons --list-keys "$1" | sed -n 's/^fpr:*\\([^:]*\\):$/\\1/p' | sed -n "$2p"; }
      ${gpg} ${past(2)} --quick-add-key $(fpr sub@example.org 1) cv25519 encr 10d
      ${gpg} --quick-add-key $(fpr sub@example.org 1) cv25519 encr never
      ${gpg} ${past(1)} --quick-gen-key twice@example.org default default 10d
      ${gpg} --quick-gen-key twice@example.org default default never`)
    const expired = place
      .shell(`gpg --homedir gnupg --with-colons --list-keys sub@example.org | sed -n 's/^sub:e:[^:]*:[^:]*:\\([^:]*\\):.*/\\1/p'`)
      .trim()
    assert.match(expired, /^[\dA-F]{16}$/u)
    for (const name of ['sub@example.org', 'twice@example.org', 'twice', expired]) {
      place.configure('{ a: { exec: [echo, a] } }', top(name))
      const { status, stdout } = place.run('config', 'check')
      assert.deepEqual([status, /GnuPG/u.test(stdout)], [0, false], stdout)
      const { status: ran, stderr } = place.run('-q', 'run')
      assert.equal(ran, 0, stderr)
    }
    place.configure('{ a: { exec: [echo, a] } }', top(`${expired}!`))
    assert.match(place.run('config', 'check').stdout, /error: the GnuPG key "\w+!" expired on 2020-01-12/u)
    assert.equal(place.run('-q', 'run').status, 1)
  })

  it('option files of MariaDB that its client ignores', { skip: requires('root') || lacks('mariadb', 'mariadb-dump') }, (t) => {
    const place = openPlace(t)
    place.shell(`chmod 755 .; mkdir parts; echo '[client]' >parts/a.cnf; echo '[client]' >parts/b.cnf; chmod 600 parts/b.cnf; chmod 755 parts
      printf '!include %s\n!includedir %s\n[client]\nsocket=/nowhere\n' "$PWD/none.cnf" "$PWD/parts" >my.cnf; chmod 644 my.cnf parts/a.cnf`)
    const objects = (more: string) => `{ a: { mariadb: { databases: all, option-file: ${place.folder}/my.cnf${more} }, user: nobody } }`
    const told = (file: string, by: string, why: string) =>
      new RegExp(
        `warning: the option file "${place.folder}/${file}", which is included by ${by}, ${why}, and the client ignores it: the login of a run cannot be`,
        'u',
      )
    const by = `"${place.folder}/my.cnf"`
    for (const more of ['', ', password: x']) {
      place.configure(objects(more))
      const { stdout } = place.run('config', 'check')
      assert.match(stdout, told('none.cnf', by, 'is missing'))
      assert.match(stdout, told('parts/b.cnf', by, 'cannot be read'))
      assert.doesNotMatch(stdout, /a\.cnf/u)
    }
    place.shell('rm my.cnf')
    assert.match(place.run('config', 'check').stdout, told('my.cnf', 'the configuration', 'is missing'))
  })

  it('nothing, if all is there', (t) => {
    const place = openPlace(t)
    writeFileSync(join(place.folder, 'secret'), 'x', { mode: 0o600 })
    place.configure(`{ a: { exec: [echo], environment: { X: "\${file:${place.folder}/secret}" } } }`)
    assert.equal(place.run('config', 'check', '--strict').status, 0)
    assert.equal(place.run('run', '--dry-run').status, 0)
  })
})

describe('storages that cannot be used', () => {
  const cases = [
    [
      'a disk that is not mounted',
      (folder: string) => `{ type: localfs, root: ${folder}/disk/sets, require-mount: ${folder}/disk }`,
      /not mounted|mount/u,
    ],
    [
      'a server that refuses',
      () => '{ type: s3, bucket: b, region: r, endpoint: "http://127.0.0.1:1", path-style: true, access-key: a, secret-key: b }',
      /127\.0\.0\.1|refused/u,
    ],
    ['a missing key of SFTP', (folder: string) => `{ type: sftp, host: 127.0.0.1, user: u, root: /r, key-file: ${folder}/none }`, /none/u],
  ] as const
  for (const [name, storage, message] of cases)
    it(`${name}: "config check" fails, unless storages are left out`, (t) => {
      const place = openPlace(t)
      place.shell('mkdir disk .ssh; touch .ssh/known_hosts')
      place.configure('{ a: { exec: [echo, a] } }')
      const file = join(place.folder, 'holdfast.yaml')
      const text = readFileSync(file, 'utf8').replace(/\{ type: localfs, root: [^}]*\}/u, () => storage(place.folder))
      writeFileSync(file, text)
      const { status, stdout, stderr } = place.run('config', 'check')
      assert.equal(status, 1, stdout + stderr)
      assert.match(stdout, message)
      assert.match(stdout, /1 error, /u)
      assert.equal(place.run('config', 'check', '--without-storages').status, 0)
      assert.equal(place.run('run', '--dry-run').status, 1)
    })
})

describe('config convert', () => {
  it('writes nothing for a file with errors', (t) => {
    const place = openPlace(t)
    writeFileSync(
      join(place.folder, 'config.yaml'),
      'naming: { server_name: s, region: r, project: p }\nschedule: { nightly: { actions: [a, wrong], cron: "0 1 * * *" } }\nactions: { a: { type: tar, basename: a, src_path: /etc, dest_path: /tmp/x }, wrong: { type: no-such-type } }\n',
    )
    const { status, stdout, stderr } = place.run('config', 'convert', 'config.yaml')
    assert.equal(stdout, '')
    assert.equal(status, 1)
    assert.match(stderr, /error: /u)
  })

  it('names the schema that is installed, for editors', (t) => {
    const place = openPlace(t)
    writeFileSync(
      join(place.folder, 'config.yaml'),
      'naming: { server_name: s, region: r, project: p }\nschedule: { nightly: { actions: [a], cron: "0 1 * * *" } }\nactions: { a: { type: command, cmd: "true" } }\n',
    )
    const { status, stdout, stderr } = place.run('config', 'convert', 'config.yaml')
    assert.equal(status, 0, stderr)
    const [, schema = ''] = /^# yaml-language-server: \$schema=(.+)\n# Converted from /u.exec(stdout) ?? []
    assert.equal(JSON.parse(readFileSync(schema, 'utf8')).additionalProperties, false)
  })
})
