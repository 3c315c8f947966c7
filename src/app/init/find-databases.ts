import { processNames } from '../../process/identity/process-table.ts'
import { lookUpAccount } from '../../process/start/account.ts'
import { findSqlite } from './find-sqlite.ts'
import { type FoundSource, objectName, yamlText } from './found-source.ts'
import { filled, hasTool, socketsIn } from './list-folders.ts'

/** Databases of servers on this host, and SQLite files. */
export async function findDatabases(signal: AbortSignal): Promise<readonly FoundSource[]> {
  return [...(await findPostgresql(signal)), ...(await findMariadb()), ...findLdap(), ...(await findSqlite())]
}

// Not /tmp: any user can create a socket there.
const POSTGRESQL = '/var/run/postgresql'

async function findPostgresql(signal: AbortSignal): Promise<readonly FoundSource[]> {
  const ports = (await socketsIn(POSTGRESQL, /^\.s\.PGSQL\.\d+$/u)).map((name) => Number(name.slice('.s.PGSQL.'.length)))
  const lacks = hasTool('pg_dumpall') ? undefined : 'pg_dumpall is missing: install the package postgresql-client'
  const hasUser = await lookUpAccount('postgres', { signal, runMs: 5000 }).then(
    () => true,
    () => false,
  )
  const found = ports.map((port, index): FoundSource => {
    const place = port === 5432 ? '' : `, host: ${POSTGRESQL}, port: ${port}`
    return {
      name: index === 0 ? 'postgresql' : `postgresql-${port}`,
      comment: `All databases, roles and tablespaces of the PostgreSQL server at port ${port}, dumped as its administrator.`,
      object: `{ postgresql: { databases: all${place} }${hasUser ? ', user: postgres' : ''} }`,
      ...(lacks !== undefined && { lacks }),
    }
  })
  if (found.length > 0 || (await filled(['/var/lib/postgresql', '/var/lib/pgsql'])).length === 0) return found
  const object = `{ postgresql: { databases: all }${hasUser ? ', user: postgres' : ''} }`
  return [{ name: 'postgresql', comment: 'PostgreSQL data.', object, lacks: `no server is running (no socket found in ${POSTGRESQL})` }]
}

async function findMariadb(): Promise<readonly FoundSource[]> {
  const comment = 'All databases of the MariaDB or MySQL server, dumped as its user root, through the socket.'
  const program = ['mariadb-dump', 'mysqldump'].find(hasTool)
  const options = program === 'mysqldump' ? ', program: mysqldump' : ''
  const object = `{ mariadb: { databases: all${options} } }`
  for (const folder of ['/run/mysqld', '/var/lib/mysql'])
    if ((await socketsIn(folder, /^mysql(?:d)?\.sock$/u)).length > 0)
      return [
        { name: 'mariadb', comment, object, ...(program === undefined && { lacks: 'mariadb-dump is missing: install the package mariadb-client' }) },
      ]
  if ((await filled(['/var/lib/mysql'])).length === 0) return []
  return [{ name: 'mariadb', comment, object, lacks: `no server is running (no socket found in /run/mysqld)` }]
}

function findLdap(): readonly FoundSource[] {
  if (!processNames().has('slapd')) return []
  const lacks = hasTool('slapcat') ? {} : { lacks: 'slapcat is missing' }
  return [
    { name: 'ldap-config', comment: 'Configuration of slapd.', object: '{ ldap: { database: 0 } }', ...lacks },
    { name: 'ldap', comment: 'The first directory of slapd. Add further ones by their "suffix".', object: '{ ldap: { database: 1 } }', ...lacks },
  ]
}

/** A line for the object of a database in a container, which must be completed by hand. */
export function containerComments(containers: readonly { readonly name: string; readonly image: string }[]): readonly string[] {
  return containers.flatMap(({ name, image }) => {
    const program = /postg|timescale/iu.test(image)
      ? 'pg_dumpall, -U, postgres'
      : /maria/iu.test(image)
        ? 'mariadb-dump, --all-databases, --single-transaction'
        : /mysql|percona/iu.test(image)
          ? 'mysqldump, --all-databases, --single-transaction'
          : undefined
    if (program === undefined) return []
    return [`${objectName(name)}: { exec: [docker, exec, ${yamlText(name) ?? 'NAME'}, ${program}] }  # image ${image}`]
  })
}
