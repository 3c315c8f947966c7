import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { unlessCi } from '../support/lacks.ts'
import { lacks, type Place, postgresqlPrograms } from './place.ts'

const isRoot = process.getuid?.() === 0
const bin = postgresqlPrograms

/** Why there can be no server for a test, or false. */
export const noPostgresql =
  unlessCi(bin === undefined ? 'no server of PostgreSQL installed' : !isRoot && 'needs root') || lacks('pg_dump', 'psql', 'runuser', 'zstd')
export const noMariadb = unlessCi(!isRoot && 'needs root') || lacks('mariadbd', 'mariadb-dump', 'mariadb', 'mariadb-install-db', 'zstd')
export const noSlapd = lacks('slapcat', 'slapadd', 'slapd', 'ldapadd', 'zstd')

const SCRIPTS = fileURLToPath(new URL('sql', import.meta.url))
const PASSWORD = String.raw`CAN:ARY\ "x"`

/** A server of a database in a folder of a place. */
export interface Server {
  /** How an object of a configuration says where it is: `host: …, user: …, password: …`. */
  readonly connect: string
  /** What its client needs in its environment. */
  readonly environment: Readonly<Record<string, string>>
  /** What a statement answers, bare. */
  sql(database: string, statements: string): string
  /** What a script of `test/native/sql` answers. */
  script(file: string): string
  /** Ends, by SIGKILL, the processes that serve a dump now; with MariaDB the whole server. */
  killBackends(): void
  /** Resolves when it serves again after that. */
  revive(): Promise<void>
}

/**
 * Makes the folder of the data of a server in a place, by copying what the first test of the suite made: this takes a tenth of the time. `make` is the
 * shell script that makes it; the suite has the folder for copies in HOLDFAST_TEMPLATES.
 */
function makeData(place: Place, { data, kind, make }: { readonly data: string; readonly kind: string; readonly make: string }): void {
  const templates = process.env['HOLDFAST_TEMPLATES']
  const template = templates === undefined ? undefined : join(templates, kind)
  if (template !== undefined && existsSync(template)) return void place.shell(`cp -a --sparse=always -T ${template} ${data}`)
  place.shell(make)
  // Several tests may make it at once: the first one stays.
  if (template !== undefined)
    place.shell(
      `made=$(mktemp -d ${template}.XXXXXX); cp -a --sparse=always -T ${data} $made; mv --no-clobber -T $made ${template} || true; rm -rf $made`,
    )
}

/** Asks until the answer is yes: a socket is there before anybody listens. */
async function until(program: string, ...args: readonly string[]): Promise<void> {
  while (spawnSync(program, args, { stdio: 'ignore' }).status !== 0) await sleep(50)
}

/** A cluster of PostgreSQL of its own, with passwords asked for, reached by a socket; `tcp`: also by 127.0.0.1. */
export function startPostgresql(place: Place, name = 'pg', tcp?: { readonly port: number; readonly settings: string }): Server {
  const more = tcp === undefined ? '-c listen_addresses=' : `-c listen_addresses=127.0.0.1 -c port=${tcp.port} ${tcp.settings}`
  const folder = join(place.folder, name)
  const asServer = (script: string) => place.shell(`runuser -u postgres -- ${script}`)
  place.shell(`chmod 711 .; mkdir ${name}; printf '%s\\n' '${PASSWORD}' >${name}.pass; chmod 644 ${name}.pass; chown postgres ${name}`)
  const make = `runuser -u postgres -- ${bin}/initdb -D ${name}/data -U boss --auth=scram-sha-256 --pwfile=${name}.pass --no-sync >/dev/null`
  makeData(place, { data: `${name}/data`, kind: 'postgresql', make })
  place.atEnd(() => asServer(`${bin}/pg_ctl -D ${name}/data -m immediate stop >/dev/null`))
  const settings = `${more} -c unix_socket_directories=${folder} -c fsync=off`
  asServer(`${bin}/pg_ctl -D ${name}/data -w -o "${settings}" -l ${name}/log start >/dev/null`)
  const client = 'psql -X -q -At -v ON_ERROR_STOP=1'
  const environment = { PGHOST: folder, PGUSER: 'boss', PGPASSWORD: PASSWORD, ...(tcp && { PGPORT: String(tcp.port) }) }
  const exports = `export PGHOST=${folder} PGPORT=${tcp?.port ?? 5432} PGUSER=boss PGPASSWORD="$(cat ${name}.pass)"`
  return {
    connect: `host: ${folder}, user: boss, password: "\${file:${folder}.pass}"`,
    environment,
    sql: (database, statements) => {
      writeFileSync(join(place.folder, `${name}.sql`), statements)
      return place.shell(`${exports}; ${client} -d ${database} -f ${name}.sql`)
    },
    script: (file) => place.shell(`${exports}; ${client} -d postgres -f ${SCRIPTS}/${file}`),
    // As when the kernel is out of memory: the server ends all its other sessions then.
    revive: async () => {
      await until(`${bin}/pg_isready`, '-q', '-h', folder)
    },
    killBackends: () => {
      place.shell(`${exports}; kill -KILL $(${client} -d postgres -c "select pid from pg_stat_activity where application_name like 'pg_dump%'")`)
    },
  }
}

/** A server of MariaDB of its own, with a user "clerk" who has a password, reached by a socket; `more`: options instead of listening at no address. */
export async function startMariadb(place: Place, name = 'db', more: readonly string[] = ['--skip-networking']): Promise<Server> {
  const folder = join(place.folder, name)
  // A server that starts removes what others have in the folder for temporary files.
  const temporary = `${folder}.tmp`
  place.shell(`chmod 711 .; mkdir ${name} ${name}.tmp; chown mysql ${name} ${name}.tmp`)
  const make = `TMPDIR=${temporary} mariadb-install-db --no-defaults --datadir=${folder} --user=mysql --auth-root-authentication-method=socket >/dev/null`
  makeData(place, { data: folder, kind: 'mariadb', make })
  const socket = join(folder, 'socket')
  const args = [
    '--no-defaults',
    `--datadir=${folder}`,
    `--tmpdir=${temporary}`,
    `--socket=${socket}`,
    ...more,
    '--user=mysql',
    `--pid-file=${folder}/pid`,
  ]
  const begin = async () => {
    const server = spawn('mariadbd', args, { stdio: 'ignore' })
    place.atEnd(() => server.kill('SIGKILL'))
    await until('mariadb-admin', '--no-defaults', '-u', 'root', '-S', socket, 'ping')
    return server
  }
  let server = await begin()
  const client = `mariadb --no-defaults -N -u root -S ${socket}`
  const sql = (database: string, statements: string) => {
    writeFileSync(join(place.folder, `${name}.sql`), statements)
    return place.shell(`${client} ${database} <${name}.sql`)
  }
  sql(
    '',
    `create user clerk@localhost identified by '${PASSWORD.replaceAll(/[\\']/gu, '\\$&')}'; grant all on *.* to clerk@localhost with grant option;`,
  )
  writeFileSync(join(place.folder, `${name}.pass`), PASSWORD)
  place.shell(`mkdir ${name}.home; printf '[client]\nsocket=%s\nuser=root\n' ${socket} >${name}.home/.my.cnf`)
  return {
    connect: `host: ${socket}, user: clerk, password: "\${file:${folder}.pass}"`,
    environment: { HOME: `${folder}.home` },
    sql,
    script: (file) => place.shell(`${client} <${SCRIPTS}/${file}`),
    revive: async () => {
      server = await begin()
    },
    killBackends: () => {
      server.kill('SIGKILL')
      rmSync(socket)
    },
  }
}

/** A directory of OpenLDAP in a folder, and the programs `slapcat` and `slapadd` for it, in `NAME.bin`: they take their configuration by arguments only. */
export interface Directory {
  /** The folder of the programs. */
  readonly bin: string
  /** Starts slapd on it. */
  start(): Promise<void>
  add(ldif: string): void
  /** All of it as LDIF. */
  dump(): string
}

export function openDirectory(place: Place, name = 'ldap'): Directory {
  const folder = join(place.folder, name)
  const conf = `${folder}.conf`
  place.shell(`mkdir ${name} ${name}.bin; cat >${conf} <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
moduleload back_mdb
modulepath /usr/lib/ldap
pidfile ${folder}.pid
database mdb
maxsize 1073741824
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw CANARY
directory ${folder}
END
for it in slapcat slapadd; do
  # Last: the program names the configuration of a slapd that runs, which may be that of another test.
  printf '#!/bin/sh\\nexec /usr/sbin/%s "$@" -f ${conf}\\n' $it >${name}.bin/$it; chmod 755 ${name}.bin/$it
done`)
  const socket = `ldapi://${encodeURIComponent(`${folder}.socket`)}`
  return {
    bin: `${folder}.bin`,
    async start() {
      const server = spawn('/usr/sbin/slapd', ['-d', '0', '-f', conf, '-h', socket], { stdio: 'ignore' })
      place.atEnd(() => server.kill('SIGKILL'))
      await until('ldapsearch', '-x', '-H', socket, '-b', '', '-s', 'base')
    },
    add(ldif) {
      writeFileSync(`${folder}.ldif`, ldif)
      place.shell(`ldapadd -x -H '${socket}' -D cn=admin,dc=example,dc=org -w CANARY -f ${folder}.ldif >/dev/null`)
    },
    dump: () => place.shell(`${folder}.bin/slapcat -o ldif-wrap=no`),
  }
}
