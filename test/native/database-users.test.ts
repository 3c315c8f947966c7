import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { backupText, loadText, stepOf } from '../support/native.ts'
import { openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

const guide = readFileSync(fileURLToPath(new URL('../../docs/guide/databases.md', import.meta.url)), 'utf8')

/** The statements of the guide for this server. */
function statements(server: string): string {
  const block = new RegExp(`^\`\`\`sql ${server}\n(?<text>.*?)^\`\`\`$`, 'msu').exec(guide)?.groups?.['text']
  assert.ok(block)
  return block
}

const leftOut = (place: Place) => place.manifest().objects.flatMap(({ coverage }) => coverage?.leftOut?.map(({ what }) => what) ?? [])

const PREVIEWS = ['config check', 'run --dry-run', 'doctor'] as const

/** The dump would fail for lack of privileges: that is an error, and not also a warning. */
function assertForeseen({ status, stdout, stderr }: ReturnType<Place['run']>, lacking: readonly string[]): void {
  const output = stdout + stderr
  assert.notEqual(status, 0, output)
  for (const what of lacking) {
    assert.ok(output.includes(`the user of the dump has no privilege to read ${what}`), output)
    assert.ok(!output.includes(`${what} may be missing`), output)
  }
}

describe('the users of the guide', () => {
  it('mariadb: everything is dumped without a warning; what a poorer user cannot see is named', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { sql, connect } = await startMariadb(place)
    sql('', 'create database shop; use shop; create table t (n int); create trigger tr before insert on t for each row set new.n = 1;')
    sql('', 'create function shop.twice(n int) returns int deterministic return n * 2; create event shop.e on schedule every 1 day do select 1;')
    sql('', statements('mariadb'))
    const host = /host: [^,]+/u.exec(connect)?.[0]
    const object = (user: string, databases: string) =>
      `{ mariadb: { databases: ${databases}, ${host}, user: ${user}, password: PASSWORD }, compress: none }`
    for (const [name, databases] of [
      ['every', 'all'],
      ['db', '[shop]'],
    ] as const) {
      place.configure(`{ ${name}: ${object('backup', databases)} }`)
      const run = place.run('run', '--strict')
      assert.equal(run.status, 0, run.stderr)
      const text = place.shell(`cat '${place.newestSet()}'/${name}.sql`)
      for (const part of [/trigger tr\b/u, /function `twice`/iu, /event `e`/iu]) assert.match(text, part)
    }
    sql('', "create user poor@localhost identified by 'PASSWORD'; grant select, show view, event on shop.* to poor@localhost;")
    place.configure(`{ db: ${object('poor', '[shop]')} }`)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3, stderr)
    assert.deepEqual(leftOut(place), ['triggers of the database "shop"', 'procedures and functions'])
    assert.match(stderr, /triggers of the database "shop" may be missing: the user of the dump has no privilege to read them/u)
    assert.match(place.run('run', '--dry-run').stdout, /warning: .*triggers of the database "shop" may be missing/u)
    sql('', "create table shop.unseen (n int); create user some@localhost identified by 'PASSWORD'; grant event on shop.* to some@localhost;")
    sql('', 'grant select, show view, trigger on shop.t to some@localhost')
    place.configure(`{ db: ${object('some', '[shop]')} }`)
    assert.equal(place.run('run', '--strict').status, 3)
    assert.equal(leftOut(place)[0], 'tables of the database "shop"')
    sql('', "create view shop.v as select 1; create user viewless@localhost identified by 'PASSWORD'")
    sql('', 'grant select, trigger, event on shop.* to viewless@localhost')
    place.configure(`{ db: ${object('viewless', '[shop]')} }`)
    // A dump fails without these privileges, even with nothing to read: every preview says so before the night.
    sql('', "create user hidden@localhost identified by 'PASSWORD'; grant select on mysql.proc to hidden@localhost")
    sql('', "create user partial@localhost identified by 'PASSWORD'; grant select, show view on shop.* to partial@localhost")
    sql('', "create user writer@localhost identified by 'PASSWORD'; grant event, trigger, show view on shop.* to writer@localhost")
    sql('', 'grant insert on shop.t to writer@localhost; grant execute on function shop.twice to writer@localhost')
    for (const [user, what, previews] of [
      ['viewless', ['views of the database "shop"'], PREVIEWS],
      ['partial', ['events of the database "shop"'], ['config check']],
      ['writer', ['the table "shop"."t"', 'the function "shop"."twice"'], ['config check']],
      ['hidden', ['the database "shop": it is missing, or not visible without a privilege'], ['config check']],
    ] as const) {
      place.configure(`{ db: ${object(user, '[shop]')} }`)
      assert.equal(place.run('run').status, 1, user)
      for (const words of previews) assertForeseen(place.run(...words.split(' ')), what)
    }
    place.configure(`{ db: ${object('nobody', '[shop]')} }`)
    for (const words of [
      ['run', '--dry-run'],
      ['config', 'check'],
    ]) {
      const preview = place.run(...words)
      assert.equal(preview.status, 1)
      assert.match(preview.stdout, /Access denied/u)
    }
  })

  it('mariadb: global rights of a default role count, also through another role', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { sql, connect } = await startMariadb(place)
    sql('', 'create database shop; create table shop.t (n int); create role outer_role, dumper, weak')
    sql(
      '',
      'grant select, show view, event, trigger, lock tables, reload on *.* to dumper; grant dumper to outer_role; grant select, event on *.* to weak',
    )
    const host = /host: [^,]+/u.exec(connect)?.[0]
    const dump = (user: string, name: string, databases: string) => {
      place.configure(`{ ${name}: { mariadb: { databases: ${databases}, ${host}, user: ${user}, password: PASSWORD } } }`)
      return place.run('-q', 'run', '--strict')
    }
    for (const [user, role] of [
      ['direct', 'dumper'],
      ['through', 'outer_role'],
      ['less', 'weak'],
    ] as const)
      sql(
        '',
        `create user ${user}@localhost identified by 'PASSWORD'; grant ${role} to ${user}@localhost; set default role ${role} for ${user}@localhost`,
      )
    for (const user of ['direct', 'through'])
      for (const [name, databases] of [
        ['every', 'all'],
        ['db', '[shop]'],
      ] as const) {
        const { status, stderr } = dump(user, name, databases)
        assert.deepEqual([status, stderr, leftOut(place)], [0, '', []], `${user}: ${databases}`)
      }
    sql(
      '',
      'create role of_shop; grant select, trigger, event, show view on `sh_p`.* to of_shop; grant select on mysql.* to of_shop; create role staff',
    )
    sql('', "grant of_shop to staff; create user nested@localhost identified by 'PASSWORD'; grant staff to nested@localhost")
    sql('', 'set default role staff for nested@localhost; create view shop.v as select 1')
    const nested = dump('nested', 'db', '[shop]')
    assert.deepEqual([nested.status, nested.stderr, leftOut(place)], [0, '', []], 'privileges for one database by a role of a role')
    assert.equal(place.run('config', 'check').status, 0)
    sql('', 'drop view shop.v')
    const all = dump('less', 'every', 'all')
    assert.equal(all.status, 1)
    assert.match(all.stderr, /SHOW VIEW command denied to user 'less'/u)
    assert.equal(dump('less', 'db', '[shop]').status, 3)
    assert.deepEqual(leftOut(place), ['triggers of the database "shop"'])
    sql(
      '',
      "create user unused@localhost identified by 'PASSWORD'; grant dumper to unused@localhost; grant select, event on shop.* to unused@localhost",
    )
    place.configure(`{ db: { mariadb: { databases: [shop], ${host}, user: unused, password: PASSWORD } } }`)
    assert.equal(place.run('run', '--strict').status, 3)
    assert.deepEqual(leftOut(place), ['triggers of the database "shop"', 'procedures and functions'])
  })

  it('mariadb: nothing is dumped without the option file', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { connect } = await startMariadb(place)
    const object = (file: string) => `{ db: { mariadb: { databases: all, option-file: ${place.folder}/${file}, ${connect} } } }`
    place.shell("printf '[client]\\n' >my.cnf")
    place.configure(object('my.cnf'))
    assert.deepEqual(place.run('-q', 'run'), { status: 0, stdout: '', stderr: '' })
    place.configure(object('none.cnf'))
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 1)
    assert.match(stderr, /could not read the option file "\S+\/none\.cnf"/u)
  })

  it('mariadb: options for the connection reach every question', { skip: noMariadb }, async (t) => {
    const place = openPlace(t)
    const { connect, sql } = await startMariadb(place)
    const [, socket = '', password = ''] = /host: ([^,]+), .*password: (.*)$/u.exec(connect) ?? []
    sql('', 'create database shop')
    place.shell(`printf '[client]\\nsocket=%s\\nuser=clerk\\n' ${socket} > option-file`)
    for (const more of [
      `option-file: ${place.folder}/option-file, password: ${password}`,
      `user: clerk, password: ${password}, opts: [--socket=${socket}]`,
    ]) {
      place.configure(`{ db: { mariadb: { databases: [shop], ${more} } } }`)
      assert.deepEqual(place.run('-q', 'run', '--strict'), { status: 0, stdout: '', stderr: '' }, more)
    }
  })

  it('postgresql: a role that reads everything, with roles but without passwords', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    sql('postgres', 'create database shop')
    sql('shop', 'create table t (n int); insert into t values (42)')
    sql('postgres', statements('postgresql'))
    const host = /host: [^,]+/u.exec(connect)?.[0]
    sql('shop', "create role reader login password 'PASSWORD'; grant select on t to reader")
    for (const [user, globals, status, paths] of [
      ['backup', 'all', 0, ['db/globals.sql', 'db/shop.sql']],
      ['reader', 'all', 1, []],
      ['reader', 'no-passwords', 0, ['db/globals.sql', 'db/shop.sql']],
      ['reader', 'none', 0, ['db/shop.sql']],
    ] as const) {
      place.configure(
        `{ db: { postgresql: { databases: [shop], ${host}, user: ${user}, globals: ${globals}, password: PASSWORD }, compress: none } }`,
      )
      const run = place.run('-q', 'run', '--strict')
      assert.equal(run.status, status, `${user} ${globals}: ${run.stderr}`)
      if (status === 0)
        assert.deepEqual(
          place
            .manifest()
            .objects.map(({ path }) => path)
            .toSorted(),
          paths,
        )
      if (globals === 'none') continue
      const check = place.run('config', 'check')
      assert.equal(check.status, status, check.stdout)
      if (status !== 0)
        assert.match(check.stdout, /"db\/globals.sql": .*no privilege to read the passwords of the roles, which "globals: no-passwords" leaves out/u)
    }
    sql('shop', 'create schema hidden; create table hidden.t (n int); create table u (n int); create sequence s; select lo_create(0), lo_create(0)')
    sql('shop', 'alter table t enable row level security; create extension pg_trgm schema hidden')
    const lacking = (user: string, more = '') => {
      place.configure(`{ db: { postgresql: { databases: [shop], ${host}, user: ${user}, globals: none, password: PASSWORD${more} } } }`)
      return [...place.run('config', 'check').stdout.matchAll(/"db\/shop.sql.zst": the user of the dump has no privilege to read (.*) \(task/gu)].map(
        ([, what]) => what,
      )
    }
    const always = ['the table "public"."t", which has row-level security', 'large objects (2)']
    assert.deepEqual(lacking('backup'), always)
    assert.deepEqual(lacking('reader'), ['the schema "hidden"', 'tables or sequences in the schema "public" (2)', ...always])
    assert.deepEqual(lacking('reader', ', opts: [--table=t, --enable-row-security]'), [])
  })

  it('postgresql: names that collide as names of files, and databases that allow no connections', { skip: noPostgresql }, (t) => {
    const place = openPlace(t)
    const { sql, connect } = startPostgresql(place)
    const names = ['a/b', 'a_b', 'a%2Fb', 'globals', '..', '.', '50%']
    for (const name of names) sql('postgres', `create database "${name}"`)
    place.configure(`{ db: { postgresql: { databases: ${JSON.stringify(names)}, ${connect} }, compress: none } }`)
    assert.deepEqual(place.run('-q', 'run', '--strict'), { status: 0, stdout: '', stderr: '' })
    assert.equal(place.manifest().objects.length, names.length + 1)
    sql('postgres', 'create database closed allow_connections false')
    place.configure(`{ db: { postgresql: { databases: all, ${connect} } } }`)
    assert.equal(place.run('run', '--strict').status, 3)
    assert.deepEqual(leftOut(place), ['the database "closed"'])
  })
})

describe('options for the connection', () => {
  const argvsOf = async (source: string) => {
    const { objects } = await stepOf(`{ x: { ${source} } }`)
    return objects.flatMap(({ stages, probes = [] }) =>
      [...stages, ...probes.map(({ command }) => command)].map(({ argv }) => argv).filter(([program]) => /mariadb|pg_|psql/u.test(program)),
    )
  }

  it('are used for every connection, with their values', async () => {
    const mariadb = await argvsOf(
      'mariadb: { databases: [a], opts: [-h, db1, -P3307, --user, me, --ssl-ca, /ca, --ssl-verify-server-cert, --complete-insert] }',
    )
    const postgresql = await argvsOf('postgresql: { databases: [a], opts: [-h, db1, -p5433, --user=me, --no-comments] }')
    for (const argv of mariadb) assert.ok(argv.join(' ').includes(' -h db1 -P3307 --user me --ssl-ca /ca --ssl-verify-server-cert '), argv.join(' '))
    for (const argv of postgresql) assert.ok(argv.join(' ').includes(' -h db1 -p5433 --user=me '), argv.join(' '))
    assert.deepEqual([mariadb.length, postgresql.length], [3, 4])
    assert.deepEqual(
      mariadb.map((argv) => argv.includes('--complete-insert')),
      [true, false, false],
    )
  })
})

describe('encryption of the connection', () => {
  const dumpOf = async (source: string) => (await stepOf(`{ x: { ${source} } }`)).objects[0]?.stages[0]?.argv ?? []
  const errorsOf = async (source: string) => (await loadText(backupText(`{ x: { ${source} } }`))).errors

  it('is requested with the options of the client', async () => {
    const tls = (more: string) => `mariadb: { databases: [a], ${more} }`
    const of = async (more: string) => (await dumpOf(tls(more))).filter((it) => it.includes('ssl'))
    assert.deepEqual(await of('tls: { ca: /ca }'), ['--ssl', '--ssl-ca=/ca', '--ssl-verify-server-cert'])
    assert.deepEqual(await of('program: mysqldump, tls: { ca: /ca }'), ['--ssl-ca=/ca', '--ssl-mode=VERIFY_IDENTITY'])
    assert.deepEqual(await of('program: /opt/bin/mysqldump, tls: { verify: false, cert: /c, key: /k }'), [
      '--ssl-cert=/c',
      '--ssl-key=/k',
      '--ssl-mode=REQUIRED',
    ])
    assert.match(await errorsOf(tls('program: mysqldump, tls: {}')), /missing required key "ca": MySQL clients/u)
  })

  it('cannot trust an authority without verifying the server', async () => {
    for (const source of ['mariadb', 'postgresql'])
      assert.match(await errorsOf(`${source}: { databases: [a], tls: { ca: /ca, verify: false } }`), /"ca" and "verify: false" cannot be combined/u)
  })
})

describe('options that hide a truncated dump are refused', () => {
  for (const [source, opts] of [
    [
      'mariadb',
      [
        '--compact',
        '--compac',
        '--skip-comments',
        '--skip-comm',
        '--skip_comments',
        '--loose-skip-comments',
        '--loose_compact',
        '--disable-comments',
        '--comments=0',
        '--xml',
        '-X',
        '--tab=/x',
        '-r/x',
        '--result-file=x',
      ],
    ],
    ['postgresql', ['--format=custom', '-Fc', '-Fd', '--form=t', '--file=x', '-fx', '--compress=9', '-Z9']],
  ] as const)
    for (const opt of opts)
      it(`${source} ${opt}`, async () => {
        const { errors } = await loadText(backupText(`{ x: { ${source}: { databases: [a], opts: ["${opt}"] } } }`))
        assert.match(errors, /is not supported: the output would lack the end mark/u)
      })

  it('those for passwords and option files are refused with the key to use instead, and without their values', async () => {
    for (const [source, opt, why] of [
      ['mariadb', '--password=CANARY', /"--password" is not supported in "opts": .*list of processes/u],
      ['mariadb', '--loose-password=CANARY', /"--loose-password" is not supported in "opts": .*list of processes/u],
      ['mariadb', '-pCANARY', /"-p" is not supported in "opts": .*list of processes/u],
      ['mariadb', '--defaults-file=/x', /"--defaults-file" is not supported in "opts": it must be the first argument/u],
      ['postgresql', '-d', /"-d" is not supported in "opts"/u],
      ['postgresql', '--dbname=postgres://u:CANARY@h/d', /"--dbname" is not supported in "opts"/u],
      ['postgresql', '-W', /"-W" is not supported in "opts"/u],
    ] as const) {
      const { errors } = await loadText(backupText(`{ x: { ${source}: { databases: [a], opts: ["${opt}"] } } }`))
      assert.match(errors, why)
      assert.match(errors, /Use the key "(?:password|option-file|databases)"/u)
      assert.doesNotMatch(errors, /CANARY/u)
    }
  })

  it('others are not', async () => {
    for (const source of [
      'mariadb: { databases: [a], opts: [--complete-insert, --compress, --comments] }',
      'postgresql: { databases: [a], opts: [-Fp, --format=plain, --no-comments] }',
    ])
      assert.equal((await loadText(backupText(`{ x: { ${source} } }`))).errors, '')
  })
})
