import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { lacks, openPlace, type Place } from './place.ts'

const skip = process.getuid?.() !== 0 ? 'needs root' : lacks('mariadbd', 'mariadb-dump', 'mariadb', 'mariadb-install-db', 'zstd')
const PASSWORD = String.raw`CAN"ARY\ #'x`

/** A server of its own with a user "clerk" who has a password, reached by a socket in the place. */
async function startServer(place: Place): Promise<(sql: string) => string> {
  place.shell('chmod 711 .; mkdir db; chown mysql db')
  place.shell(`mariadb-install-db --no-defaults --datadir=${place.folder}/db --user=mysql --auth-root-authentication-method=socket >/dev/null`)
  const socket = join(place.folder, 'db', 'socket')
  const args = [
    '--no-defaults',
    `--datadir=${place.folder}/db`,
    `--socket=${socket}`,
    '--skip-networking',
    '--user=mysql',
    `--pid-file=${place.folder}/db/pid`,
  ]
  const server = spawn('mariadbd', args, { stdio: 'ignore' })
  place.atEnd(() => server.kill('SIGKILL'))
  while (!existsSync(socket)) await sleep(50)
  const client = (sql: string) => place.shell(`mariadb --no-defaults -N -u root -S db/socket <<'END'\n${sql}\nEND`)
  client(`create user clerk@localhost identified by '${PASSWORD.replaceAll(/[\\']/gu, '\\$&')}'; grant all on *.* to clerk@localhost;`)
  return client
}

describe('mariadb', { skip }, () => {
  it('dumps databases with their routines, with its password in no argument, and they come back', async (t) => {
    const place = openPlace(t)
    const client = await startServer(place)
    client('create database shop; use shop; create table t (n int); insert into t select seq from seq_1_to_1000;')
    client("create database `-odd`; create table `-odd`.u (b blob); insert into `-odd`.u values (x'00ff0a');")
    client('create function shop.twice(n int) returns int deterministic return n * 2;')
    place.shell(`printf '%s' "$PASS" >pass`.replace('"$PASS"', `'${PASSWORD.replaceAll("'", String.raw`'\''`)}'`))
    const connect = `host: ${place.folder}/db/socket, user: clerk, password: "\${file:${place.folder}/pass}"`
    place.configure(
      `{ some: { mariadb: { databases: [shop, -odd], ${connect} } }, all: { mariadb: { databases: all, ${connect} }, compress: none } }`,
    )
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /CAN"ARY/u)
    for (const { facts } of place.manifest().objects) assert.match(String(facts?.['server-version']), /MariaDB/u)
    client('drop database shop; drop database `-odd`;')
    place.shell(`zstd -dc '${place.newestSet()}/some.sql.zst' | mariadb --no-defaults -u root -S db/socket`)
    assert.equal(client('select count(*), sum(n), shop.twice(4) from shop.t; select hex(b) from `-odd`.u;'), '1000\t500500\t8\n00FF0A\n')
    assert.match(place.shell(`grep -c 'CREATE DATABASE' '${place.newestSet()}/all.sql'`), /^[3-9]/u)
  })

  it('fails, with what the program said, where there is no server', (t) => {
    const place = openPlace(t)
    place.configure(`{ x: { mariadb: { databases: [shop], host: ${place.folder}/none } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /Can't connect to local/u)
  })
})
