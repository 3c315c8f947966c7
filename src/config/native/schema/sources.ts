import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { command } from './surroundings.ts'
import { absolutePath, filledText, key, mapping, oneForm, required, texts, told } from './words.ts'

const port = key('The port of the server.', z.int().min(1, told('no port')).max(65_535, told('no port')))
const databases = oneForm('the word "all", or a list of names', [
  z.literal('all', { error: told('the word "all", or a list of names, is expected') }),
  z.array(filledText).min(1, told('a name of a database is expected')),
])

const connection = {
  host: key('The server, or the folder of its socket. Not said: the local one.', filledText),
  port,
  user: key("The server's user. Not said: what the client takes.", filledText),
  password: key(`The password; best a reference: ${REFERENCES}. It goes to the client in a file without a name.`, filledText),
}

const files = mapping({
  paths: required('Files and folders, absolute. All of a folder is taken.', z.array(absolutePath).min(1, told('a path is expected'))),
  exclude: key('What is left out, in tar\'s patterns: "*.tmp" at any depth, "/srv/www/cache" from the beginning.', texts),
  'one-file-system': key('Whether other file systems that are mounted below are left out. Not said: true.', z.boolean()),
  acls: key('Whether access control lists are kept. Not said: true.', z.boolean()),
  xattrs: key('Whether extended attributes are kept. Not said: true.', z.boolean()),
  selinux: key('Whether contexts of SELinux are kept. Not said: false.', z.boolean()),
  sparse: key('Whether holes in files are kept as holes. Not said: true.', z.boolean()),
})

const postgresql = mapping({
  databases: required('"all" for the whole cluster in one object, or names, each an object of its own beside the roles ("globals").', databases),
  ...connection,
  opts: key('More arguments for pg_dump or pg_dumpall.', texts),
})

const mariadb = mapping({
  databases: required('"all", or names; all of them at one moment, in one object.', databases),
  ...connection,
  program: key('The program that dumps. Not said: mariadb-dump. For MySQL: mysqldump.', filledText),
  opts: key('More arguments for it.', texts),
})

const sqlite = mapping({
  path: required('The file of the database. It may be in use.', absolutePath),
  'temporary-folder': key('Where the copy lies until it is stored. Not said: /var/tmp.', absolutePath),
})

const ldap = mapping({
  suffix: key('The database of this suffix, such as "dc=example,dc=org".', filledText),
  database: key('The database of this number; 0 is the configuration.', z.int().min(0, told('no number of a database'))),
}).check((context) => {
  const { suffix, database } = context.value
  if (suffix !== undefined && database !== undefined)
    context.issues.push({ code: 'custom', input: context.value, message: told('either "suffix" or "database" is expected, not both') })
})

/** What an object is made from, by the key that says so. */
export const sources = {
  exec: key('The output of one command.', command),
  pipeline: key('The output of the last of several commands joined by pipes.', z.array(command).min(1, told('a command is expected'))),
  files: key('Files and folders, as a tar archive.', files),
  'host-facts': key(
    'What one needs to set up this host anew: partitions, packages, units, users, network and more, as a tar archive of texts.',
    mapping({}),
  ),
  postgresql: key('Databases of PostgreSQL, as SQL.', postgresql),
  mariadb: key('Databases of MariaDB or MySQL, as SQL.', mariadb),
  sqlite: key('A database of SQLite, page by page as it is.', sqlite),
  ldap: key('A directory of OpenLDAP, as LDIF.', ldap),
} as const

export type SourceKind = keyof typeof sources
export const SOURCE_KINDS = Object.keys(sources) as readonly SourceKind[]
export type SourceInput<K extends SourceKind> = NonNullable<z.output<(typeof sources)[K]>>
