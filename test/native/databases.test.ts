import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openAuthority } from '../support/authority.ts'
import { freePort } from '../support/free-port.ts'
import { compareChapter, type Scene, type Way } from './database-matrix.ts'
import { openPlace, type Place } from './place.ts'
import { noMariadb, noPostgresql, startMariadb, startPostgresql } from './servers.ts'

/** The statements that make the user of the guide. */
function guideUser(server: string): string {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/guide/databases.md', import.meta.url)), 'utf8')
  const block = new RegExp(`^\`\`\`sql ${server}\n(?<text>.*?)^\`\`\`$`, 'msu').exec(guide)?.groups?.['text']
  assert.ok(block)
  return block
}

/** Of an authority for the name "localhost" only, in the folder of the place, readable by this user. */
function certificates(t: TestContext, place: Place, user: string) {
  const [own, other] = [openAuthority(t, 'DNS:localhost'), openAuthority(t)]
  place.shell(`cp ${own.certFile} cert.pem; cp ${own.keyFile} key.pem; cp ${own.caFile} ca.pem; chown ${user} *.pem; chmod 600 key.pem`)
  place.shell(`cp ${own.certFile} my-cert.pem; cp ${own.keyFile} my-key.pem; cp ${other.caFile} other.pem`)
}

async function postgresqlScene(t: TestContext): Promise<Scene> {
  const place = openPlace(t)
  const { folder } = place
  const port = await freePort()
  certificates(t, place, 'postgres')
  const settings = `-c ssl=on -c ssl_cert_file=${folder}/cert.pem -c ssl_key_file=${folder}/key.pem -c ssl_ca_file=${folder}/ca.pem`
  const server = startPostgresql(place, 'pg', { port, settings })
  return {
    place,
    server,
    socket: `${folder}/pg`,
    port,
    shown: [
      [folder, 'FOLDER'],
      [`${port}`, 'PORT'],
    ],
  }
}

async function mariadbScene(t: TestContext): Promise<Scene> {
  const place = openPlace(t)
  const { folder } = place
  const port = await freePort()
  certificates(t, place, 'mysql')
  const tls = ['--ssl', `--ssl-cert=${folder}/cert.pem`, `--ssl-key=${folder}/key.pem`, `--ssl-ca=${folder}/ca.pem`]
  const server = await startMariadb(place, 'db', ['--bind-address=127.0.0.1', `--port=${port}`, ...tls])
  return {
    place,
    server,
    socket: `${folder}/db/socket`,
    port,
    shown: [
      [folder, 'FOLDER'],
      [`${port}`, 'PORT'],
    ],
  }
}

describe('logins and connections', () => {
  it('postgresql', { skip: noPostgresql }, async (t) => {
    const scene = await postgresqlScene(t)
    const { place, server, socket, port } = scene
    server.sql('postgres', `create role owner login password 'PASSWORD'; create role reader login password 'PASSWORD'; ${guideUser('postgresql')}`)
    server.sql('postgres', 'create database shop owner owner')
    server.sql(
      'shop',
      `set role owner; create table t (n int); insert into t values (1), (2); create view v as select * from t;
      create function f() returns trigger language plpgsql as 'begin return new; end';
      create trigger tr before insert on t for each row execute function f(); grant select on t, v to reader`,
    )
    place.shell(`printf '[shop]\\nhost=%s\\nport=%s\\nuser=backup\\npassword=PASSWORD\\n' ${socket} ${port} >services; chmod 600 services`)
    // With an authority in the home folder, libpq verifies the server although it should not.
    place.shell('mkdir .postgresql; cp other.pem .postgresql/root.crt')
    const { folder } = place
    const [at, boss] = [`host: ${socket}, port: ${port}`, `user: boss, password: "\${file:${socket}.pass}"`]
    const as = (user: string, more = '') => `${at}, user: ${user}, password: PASSWORD${more}`
    const tcp = `host: localhost, port: ${port}, ${boss}`
    const way = (name: string, more: string, rest: Partial<Way> = {}): Way => ({
      name,
      object: `postgresql: { databases: [shop], ${more} }`,
      ...rest,
    })
    compareChapter('PostgreSQL: logins and connections', scene, [
      way('superuser', `${at}, ${boss}`),
      { name: 'superuser, `databases: all`', object: `postgresql: { databases: all, ${at}, ${boss} }` },
      way('role of the guide', as('backup')),
      way('owner of the database', as('owner')),
      way('owner of the database, `globals: no-passwords`', as('owner', ', globals: no-passwords')),
      way('read-only role, `globals: none`', as('reader', ', globals: none')),
      way('read-only role without a right to a new table', as('reader', ', globals: none'), {
        before: () => server.sql('shop', 'set role owner; create table fresh (n int)'),
        after: () => server.sql('shop', 'drop table fresh'),
      }),
      way('superuser, a database that does not accept connections, `databases: all`', '', {
        object: `postgresql: { databases: all, ${at}, ${boss} }`,
        before: () => server.sql('postgres', 'create database closed allow_connections false'),
        after: () => server.sql('postgres', 'drop database closed'),
      }),
      way('row-level security, role of the guide', as('backup'), {
        before: () => server.sql('shop', 'alter table t enable row level security'),
        after: () => server.sql('shop', 'alter table t disable row level security'),
      }),
      way('wrong password', `${at}, user: backup, password: WRONG`),
      way('unknown role', as('nobody')),
      { name: 'unknown database', object: `postgresql: { databases: [none], ${as('backup')} }` },
      way('TCP', tcp),
      way('TCP, TLS, verified', `${tcp}, tls: { ca: ${folder}/ca.pem }`),
      way('TCP, TLS, a certificate of another authority', `${tcp}, tls: { ca: ${folder}/other.pem }`),
      way('TCP, TLS, a certificate for another name', `host: 127.0.0.1, port: ${port}, ${boss}, tls: { ca: ${folder}/ca.pem }`),
      way('TCP, TLS, `verify: false`, another authority in the home folder', `${tcp}, tls: { verify: false }`),
      way(
        'TCP, TLS, with a certificate of the client',
        `${tcp}, tls: { ca: ${folder}/ca.pem, cert: ${folder}/my-cert.pem, key: ${folder}/my-key.pem }`,
      ),
      way('socket and port in `opts`', `${boss}, opts: [--host=${socket}, -p, "${port}"]`),
      way('service file', 'opts: []', { environment: `{ PGSERVICEFILE: ${folder}/services, PGSERVICE: shop }` }),
      way('no server', `host: ${folder}, ${boss}`),
    ])
  })

  it('mariadb', { skip: noMariadb }, async (t) => {
    const scene = await mariadbScene(t)
    const { place, server, socket, port } = scene
    const { folder } = place
    server.sql(
      '',
      `create database shop; use shop; create table t (n int); insert into t values (1), (2); create view v as select * from t;
      create trigger tr before insert on t for each row set new.n = 1; create event e on schedule every 1 day disable do select 1;
      create function twice(n int) returns int deterministic return n * 2;
      create user owner@localhost identified by 'PASSWORD'; grant all on shop.* to owner@localhost;
      create user reader@localhost identified by 'PASSWORD'; grant select on shop.* to reader@localhost;
      create user viewer@localhost identified by 'PASSWORD'; grant select, show view, event, trigger on shop.* to viewer@localhost;
      create user tls@localhost identified by 'PASSWORD' require ssl; grant all on *.* to tls@localhost;
      create user certified@localhost identified by 'PASSWORD' require x509; grant all on *.* to certified@localhost;`,
    )
    server.sql('', guideUser('mariadb'))
    place.shell(
      `printf '[client]\\nsocket=%s\\nuser=backup\\npassword=PASSWORD\\n' ${socket} >my.cnf; printf '[client]\\nsocket=%s\\nuser=backup\\n' ${socket} >open.cnf; chmod 600 *.cnf`,
    )
    place.shell('mkdir home; cp my.cnf home/.my.cnf')
    const as = (user: string, more = '') => `host: ${socket}, user: ${user}, password: PASSWORD${more}`
    const tcp = (user: string) => `host: localhost, port: ${port}, user: ${user}, password: PASSWORD, opts: [--protocol=tcp]`
    const way = (name: string, more: string, rest: Partial<Way> = {}): Way => ({ name, object: `mariadb: { databases: [shop], ${more} }`, ...rest })
    const all = (more: string) => `mariadb: { databases: all, ${more} }`
    compareChapter('MariaDB: logins and connections', scene, [
      way('root, by the socket, without a password', `host: ${socket}, user: root`),
      { name: 'user of the guide, `databases: all`', object: all(as('backup')), hasOwnTables: true },
      way('user of the guide', as('backup')),
      way('owner of the database', as('owner')),
      { name: 'owner of the database, `databases: all`', object: all(as('owner')), hasOwnTables: true },
      way('read-only user with the rights to see views, events and triggers', as('viewer')),
      way('read-only user with SELECT only', as('reader')),
      way('the same, of a database with letters outside ASCII, without the right to see its triggers', '', {
        object: `mariadb: { databases: [läden], ${as('viewer')} }`,
        before: () => server.sql('', 'set names utf8mb4; create database läden; grant select, show view, event on läden.* to viewer@localhost'),
        after: () => server.sql('', 'set names utf8mb4; drop database läden'),
      }),
      way('wrong password', `host: ${socket}, user: backup, password: WRONG`),
      way('unknown user', as('nobody')),
      { name: 'unknown database', object: `mariadb: { databases: [none], ${as('backup')} }` },
      way('TCP', tcp('backup')),
      way('TCP, TLS, verified', `${tcp('tls')}, tls: { ca: ${folder}/ca.pem }`),
      way('TCP, TLS required by the server, not configured', tcp('tls')),
      way('TCP, TLS, a certificate of another authority', `${tcp('tls')}, tls: { ca: ${folder}/other.pem }`),
      way('TCP, TLS, a certificate for another name', `${tcp('tls').replace('localhost', '127.0.0.1')}, tls: { ca: ${folder}/ca.pem }`),
      way('TCP, TLS, `verify: false`', `${tcp('tls')}, tls: { verify: false }`),
      way(
        'TCP, TLS, with a certificate of the client',
        `${tcp('certified')}, tls: { ca: ${folder}/ca.pem, cert: ${folder}/my-cert.pem, key: ${folder}/my-key.pem }`,
      ),
      way('TCP, TLS, without the certificate that the user needs', `${tcp('certified')}, tls: { ca: ${folder}/ca.pem }`),
      way('`option-file`', `option-file: ${folder}/my.cnf`),
      way('`option-file`, and the password in the configuration', `option-file: ${folder}/open.cnf, password: PASSWORD`),
      way('option file in the home folder', '', { object: 'mariadb: { databases: [shop] }', environment: `{ HOME: ${folder}/home }` }),
      way('missing `option-file`', `option-file: ${folder}/none.cnf`),
      way('socket in `opts`', `user: backup, password: PASSWORD, opts: [--socket=${socket}]`),
      way('no server', `host: ${folder}/none`),
    ])
  })
})
