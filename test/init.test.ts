import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { noMariadb, noPostgresql } from './native/servers.ts'
import { requires } from './support/requires.ts'

const program = fileURLToPath(new URL('../holdfast', import.meta.url))
const postgresql = dirname(globSync('/usr/lib/postgresql/*/bin/pg_ctl').at(-1) ?? '/')

describe('init', { skip: requires('root', 'leave to mount', 'sqlite3') }, () => {
  const top = mkdtempSync(join(tmpdir(), 'init-'))
  const file = join(top, 'h.yaml')
  beforeEach(() => {
    rmSync(top, { recursive: true, force: true })
    mkdirSync(top, { mode: 0o711 })
  })
  after(() => rmSync(top, { recursive: true, force: true }))

  /** The script runs where the usual places of data are empty; `h` is the program. */
  const shell = (script: string, input = '') => {
    const places = '/srv /opt /home /root /var/www /var/mail /var/lib /usr/local /var/spool/cron /run/postgresql /run/mysqld'
    const prepared = `for place in ${places}; do [ ! -d $place ] || mount -t tmpfs none $place; done
      h() { "$program" -f "$top/h.yaml" "$@"; }
      ${script}`
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOLDFAST_STATE: join(top, 'state'), program, top, postgresql, HOME: top }
    return spawnSync('unshare', ['--mount', 'sh', '-euc', prepared], { encoding: 'utf8', env, input })
  }
  const objectsIn = (text: string) => [...text.matchAll(/^ {12}(?<name>[\w-]+): \{/gmu)].map(({ groups }) => groups?.['name'])

  it('writes a configuration for what is on the host, which a run can use at once', () => {
    const script = `mkdir -p /srv/shop /var/www/html /var/mail /home/ann/.cache /opt/kuma/data /var/lib/rpm
      echo x >/srv/shop/a; echo x >/var/www/html/index.html; echo x >/var/mail/ann; echo x >/home/ann/.cache/c; echo x >/home/ann/letter
      for db in /opt/kuma/data/kuma.db /var/lib/rpm/rpmdb.sqlite; do sqlite3 $db 'create table t(a); insert into t values (1)'; done
      echo text >/opt/kuma/data/text.db
      h init --yes --root $top/root; h -q run; h ls nightly latest home home/ann; h verify --deep`
    const { status, stdout, stderr } = shell(script)
    assert.equal(status, 0, stdout + stderr)
    const text = readFileSync(file, 'utf8')
    assert.deepEqual(objectsIn(text), ['facts', 'etc', 'home', 'local', 'mail', 'web', 'data-kuma'])
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(stdout, /0 errors, 0 warnings; 1 task/u)
    assert.match(stdout, /would run step 1 of 1: back up 7 objects/u)
    assert.match(stdout, / (?:home\/ann\/)?letter$/mu)
    assert.doesNotMatch(stdout, / (?:home\/ann\/)?\.cache/mu)
  })

  it('prompts for some settings, and again after an invalid answer', () => {
    const { status, stdout, stderr } = shell('h -q init', `relative\n${top}/sets\n99 * * * *\n5 4 * * *\nops@example.org\n`)
    assert.match(stderr, /invalid folder "relative"\. Write an absolute path\.\nFolder/u)
    assert.match(stderr, /Schedule.*99.*\nSchedule/su)
    const text = readFileSync(file, 'utf8')
    assert.ok(text.includes(`root: "${top}/sets"`))
    assert.ok(text.includes('schedule: "5 4 * * *"'))
    assert.ok(text.includes('to: "ops@example.org"'))
    assert.equal(status, 0, stdout + stderr)
  })

  it('writes nothing without answers, and no existing configuration without an option', () => {
    const none = shell('h init </dev/null')
    assert.deepEqual([none.status, readdirSync(top)], [2, []])
    assert.match(none.stderr, /no answer on the standard input\n {2}hint: Use --yes/u)
    writeFileSync(file, 'mine')
    const refused = shell('h init --yes')
    assert.equal(refused.status, 1)
    assert.match(refused.stderr, /error: the configuration ".*h\.yaml" already exists\n {2}hint: .*--overwrite/u)
    assert.equal(readFileSync(file, 'utf8'), 'mine')
    const { status, stderr } = shell('h init --yes --overwrite --root $top/root')
    assert.equal(status, 0, stderr)
    const [, old = ''] = /note: the previous configuration is now "(.*\.old)"/u.exec(stderr) ?? []
    assert.equal(readFileSync(old, 'utf8'), 'mine')
  })

  it('rejects choices with which no backup would be made, and files that cannot be written, with the reason', () => {
    writeFileSync(join(top, 'file'), '')
    for (const [options, reason] of [
      ['--root $top/file/sets', /error: invalid folder ".*\/file\/sets": ".*\/file" is not a folder\n {2}hint: /u],
      ['--schedule "0 5 31 2 *"', /error: invalid schedule "0 5 31 2 \*": it never occurs\n {2}hint: /u],
      ['--mail ops@', /error: invalid address "ops@"\n {2}hint: /u],
      ['--overwrite -f $top', /error: could not write the configuration ".*": is a folder\n {2}hint: /u],
      ['-f $top/file/h.yaml', /error: could not write the configuration ".*": ".*\/file" is not a folder\n {2}hint: /u],
    ] as const) {
      const { status, stderr } = shell(`h init --yes ${options}`)
      assert.ok(status === 1 || status === 2, stderr)
      assert.match(stderr, reason)
      assert.deepEqual(readdirSync(top), ['file'])
    }
  })

  it('is printed by "config generate", without a question and without a file', () => {
    const { status, stdout } = shell('h config generate; test ! -e $top/h.yaml; "$program" config generate >$top/h.yaml; h config check')
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^version: 1$/mu)
  })

  it('includes servers of databases, which are dumped as their administrators', { skip: noPostgresql || noMariadb }, () => {
    const script = `pg=$(mktemp -d); chmod 711 $top; chown postgres $pg /run/postgresql; chown mysql /run/mysqld; mkdir /var/lib/mysql; chown mysql /var/lib/mysql
      runuser -u postgres -- $postgresql/initdb -D $pg/data --auth=peer --no-sync >/dev/null
      runuser -u postgres -- $postgresql/pg_ctl -D $pg/data -w -o '-c listen_addresses= -c unix_socket_directories=/run/postgresql' -l $pg/log start >/dev/null
      mariadb-install-db --no-defaults --user=mysql --auth-root-authentication-method=socket >/dev/null
      mariadbd --no-defaults --skip-networking --user=mysql --socket=/run/mysqld/mysqld.sock >/dev/null 2>&1 &
      mariadb=$!
      trap 'runuser -u postgres -- $postgresql/pg_ctl -D $pg/data -m immediate stop >/dev/null; kill -KILL $mariadb; rm -r $pg' EXIT
      until mariadb-admin --no-defaults -S /run/mysqld/mysqld.sock ping >/dev/null 2>&1; do sleep 0.1; done
      h -q init --yes --root $top/root; h -q run; h ls nightly latest`
    const { status, stdout, stderr } = shell(script)
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, /postgresql\.sql\.zst/u)
    assert.match(stdout, /mariadb\.sql\.zst/u)
  })
})
