import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { lacks, openPlace } from './place.ts'

const COMMANDS = ['config check', 'run --dry-run', 'doctor', 'check -v'] as const
type CommandLine = (typeof COMMANDS)[number]

/** Faults of one host, which do not hide each other. */
interface Host {
  readonly name: string
  readonly programs?: readonly string[]
  readonly prepare?: string
  readonly configuration: (folder: string) => string
  /** How each is reported, and by which commands; absent: by all. */
  readonly faults: Readonly<Record<string, RegExp | { readonly message: RegExp; readonly by: readonly CommandLine[] }>>
  /** Exit codes, in the order of the commands. */
  readonly ends: readonly [number, number, number, number]
}

// The web server and the checks of a monitoring system are no part of a run.
const NOT_IN_RUNS = ['config check', 'doctor', 'check -v'] as const

const HOSTS: readonly Host[] = [
  {
    name: 'without files, users and secrets',
    programs: ['sqlite3', 'gpg'],
    prepare: 'printf "#!/bin/sh\\r\\ntrue\\r\\n" >script; chmod 755 script; touch empty',
    configuration: (folder) => `version: 1
storages:
  local: { type: localfs, root: ${folder}/root }
  store: { type: s3, bucket: b, region: r, endpoint: "http://127.0.0.1:1", path-style: true, access-key: a, secret-key: "\${file:/no/such/key}" }
keys: { k: { passphrase: "\${file:/no/such/phrase}" } }
tasks:
  nightly:
    schedule: "30 2 31 2 *"
    steps:
      - backup:
          to: local
          objects:
            program: { exec: [/no/such/program] }
            script: { exec: [${folder}/script] }
            user: { exec: [echo], user: nobody-at-all }
            folder: { exec: [echo], working-folder: /no/such/folder }
            secret: { exec: [echo], environment: { X: "\${file:/no/such/secret}" } }
            empty: { exec: [echo], environment: { X: "\${file:${folder}/empty}" } }
            path: { files: { paths: [/no/such/path] } }
            pattern: { files: { paths: ["/no/such/*.txt"] } }
            mount: { files: { paths: [${folder}], require-mount: [${folder}] } }
            sqlite: { sqlite: { path: /no/such.db } }
            text: { sqlite: { path: ${folder}/script } }
            key: { exec: [echo], encrypt: k }
      - check: { exec: [/no/such/plugin] }
      - copy: { from: local, to: store }
`,
    faults: {
      'a missing program': /could not start "\/no\/such\/program": file not found/u,
      'a script with line ends of another system': /its interpreter "\/bin\/sh\\r" does not exist: its lines end with carriage returns/u,
      'a missing user': /unknown user "nobody-at-all"/u,
      'a missing working folder': /could not enter the working folder "\/no\/such\/folder": file not found/u,
      'a missing secret': /could not read the secret in "\/no\/such\/secret"/u,
      'an empty secret': /the secret in "\S+\/empty" is empty/u,
      'a pattern as a path': /the path "\/no\/such\/\*\.txt" does not exist \(paths are not patterns\)/u,
      'a missing path': /the path "\/no\/such\/path" does not exist/u,
      'a source that is not mounted': /nothing is mounted at /u,
      'a missing database of SQLite': /\/no\/such\.db" does not exist/u,
      'a file that is no database of SQLite': /the file "\S+\/script" is not a database of SQLite/u,
      'a missing passphrase': /could not read the secret in "\/no\/such\/phrase"/u,
      'a missing program of a check': /could not start "\/no\/such\/plugin"/u,
      'a schedule that never occurs': { message: /the schedule "30 2 31 2 \*" never occurs \(task "nightly"\)/u, by: NOT_IN_RUNS },
      'a missing secret of a storage': /could not read the secret in "\/no\/such\/key"/u,
    },
    ends: [1, 1, 1, 2],
  },
  {
    name: 'whose keys, databases and directories do not answer, beside a missing user and a missing variable',
    programs: ['gpg', 'age', 'psql', 'pg_dump', 'mariadb', 'mariadb-dump', 'slapcat'],
    prepare: 'mkdir -m 700 gnupg',
    configuration: (folder) => `version: 1
storages: { local: { type: localfs, root: ${folder}/root } }
keys: { a: { age: age1mistyped }, g: { gpg: me@example.org } }
tasks:
  nightly:
    steps:
      - backup:
          objects:
            a: { exec: [echo], encrypt: a }
            g: { exec: [echo], encrypt: g, environment: { GNUPGHOME: ${folder}/gnupg } }
            p: { postgresql: { databases: [x], host: 127.0.0.1, port: 1, user: u } }
            m: { mariadb: { databases: [x], host: 127.0.0.1, port: 1, user: u } }
            l: { ldap: { config-folder: /no/slapd.d } }
            u: { exec: [echo], user: nobody-at-all }
            v: { exec: [echo], environment: { X: "\${env:NO_SUCH_VARIABLE}" } }
`,
    faults: {
      'a mistyped key of age': /age failed .*age1mistyped/u,
      'a missing key of GnuPG': /the GnuPG key "me@example.org" is not in the keyring/u,
      'a server of PostgreSQL that refuses': /object "p\/x.sql.zst": .*127\.0\.0\.1/u,
      'a server of MariaDB that refuses': /object "m.sql.zst": .*127\.0\.0\.1/u,
      'a missing configuration of slapd': /could not read the configuration of slapd: slapcat failed/u,
    },
    ends: [1, 1, 1, 2],
  },
  {
    name: 'whose notifications, checks and certificate are not ready',
    prepare:
      'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -days 9 -keyout key.pem -out cert.pem 2>/dev/null; mkdir root',
    programs: ['openssl'],
    configuration: (folder) => `version: 1
storages: { local: { type: localfs, root: ${folder}/root } }
notifiers:
  hook: { type: webhook, url: "\${file:/no/such/url}" }
  sender: { type: exec, command: [/no/such/sender] }
  other: { type: exec, command: { argv: [cat], user: nobody-at-all } }
  chat: { type: webhook, url: "https://127.0.0.1/", ca: /no/such/ca.pem }
notify: [hook, sender, other, chat]
checks:
  plugin: { exec: { argv: [echo] }, user: nobody-of-checks }
web: { tls: { certificate: ${folder}/cert.pem, key: ${folder}/key.pem } }
tasks: { nightly: { steps: [{ backup: { objects: { a: { exec: [echo, a] } } } }] } }
`,
    faults: {
      'a missing secret of a notifier': /could not read the secret in "\/no\/such\/url".* \(notifier "hook"\)/u,
      'a missing program of a notifier': /could not start "\/no\/such\/sender".* \(notifier "sender"\)/u,
      'a missing user of a notifier': /unknown user "nobody-at-all" \(notifier "other"\)/u,
      'a missing CA file of a notifier': /could not read the certificates in "\/no\/such\/ca\.pem".* \(notifier "chat"\)/u,
      'a missing user of a check': { message: /unknown user "nobody-of-checks"/u, by: NOT_IN_RUNS },
      'a certificate that expires soon': { message: /the certificate ".*cert\.pem" of the web server expires on .*, in [89] d/u, by: NOT_IN_RUNS },
    },
    // Without a set, `check` is critical.
    ends: [0, 0, 0, 2],
  },
  {
    name: 'whose storages cannot be used',
    prepare: 'mkdir disk .ssh; touch .ssh/known_hosts',
    programs: ['rclone'],
    configuration: (folder) => `version: 1
storages:
  disk: { type: localfs, root: ${folder}/disk/sets, require-mount: ${folder}/disk }
  trusting: { type: s3, bucket: b, region: r, endpoint: "https://127.0.0.1:1", path-style: true, access-key: a, secret-key: b, ca-file: /no/such/ca.pem }
  sftp: { type: sftp, host: 127.0.0.1, user: u, root: /r, key-file: ${folder}/no-such-key }
tasks: { nightly: { steps: [{ backup: { to: [disk, trusting, sftp], objects: { a: { exec: [echo, a] } } } }] } }
`,
    faults: {
      'a disk that is not mounted': /nothing is mounted at|not mounted/u,
      'a missing CA file': /could not read the certificates in "\/no\/such\/ca\.pem"/u,
      'a missing key of SFTP': /could not read .*no-such-key|no-such-key: no such file/u,
    },
    // A storage that cannot be read is UNKNOWN for a monitoring system.
    ends: [1, 1, 1, 3],
  },
]

for (const { name, programs = [], prepare, configuration, faults, ends } of HOSTS)
  describe(`what would fail on a host ${name}`, { skip: requires('root') || lacks(...programs) }, () => {
    for (const [index, line] of COMMANDS.entries())
      it(`is reported by "${line}"`, (t) => {
        const place = openPlace(t)
        if (prepare !== undefined) place.shell(prepare)
        writeFileSync(join(place.folder, 'holdfast.yaml'), configuration(place.folder))
        const { status, stdout, stderr } = place.run(...line.split(' '), ...(line === 'check -v' ? ['--timeout', '10m'] : []))
        const missed = Object.entries(faults).filter(([, it]) => {
          const { message, by } = it instanceof RegExp ? { message: it, by: COMMANDS } : it
          return by.some((command) => command === line) && !message.test(stdout)
        })
        assert.deepEqual(
          missed.map(([fault]) => fault),
          [],
          stdout + stderr,
        )
        assert.equal(status, ends[index], stdout + stderr)
      })
  })
