import { forms } from '../form/forms.ts'
import { key, mapping, oneForm, required, type ValueIn } from '../form/mapping.ts'
import { command } from './commands.ts'
import { absolutePath, filledText, issueText, REFERENCES, texts } from './schema-helpers.ts'

const port = key('Port of the server.', forms.int().min(1, issueText('invalid port')).max(65_535, issueText('invalid port')))
const databases = oneForm('"all", or a list of names', [
  forms.literal('all', { error: issueText('expected "all" or a list of names') }),
  forms.list(filledText).min(1, issueText('at least one database is required')),
])

const connection = {
  host: key('Server, or the folder of its socket. Default: the local server.', filledText),
  port,
  user: key("User of the server. Default: the client's default.", filledText),
  tls: key(
    'Encryption of the connection. Default: that of the client.',
    mapping(() => ({
      ca: key(
        'File with trusted CA certificates (PEM). Default: those of the system, which requires libpq 16 for PostgreSQL; required for MySQL.',
        absolutePath,
      ),
      cert: key("File with the client's certificate.", absolutePath),
      key: key('File with the private key of the client.', absolutePath),
      verify: key("Whether the server's certificate and name are verified. Default: true.", forms.boolean()),
    })).check((context) => {
      const { ca, verify } = context.value
      if (ca !== undefined && verify === false)
        context.issues.push({
          code: 'custom',
          input: context.value,
          message: issueText(
            '"ca" and "verify: false" cannot be combined',
            'Remove one of them: nothing is compared with the certificates if the server is not verified.',
          ),
        })
    }),
  ),
  password: key(`Password; preferably a reference: ${REFERENCES}. It is passed to the client in an unnamed temporary file.`, filledText),
}

const files = mapping(() => ({
  paths: required(
    'Absolute paths of files and folders. Folders are saved with all their contents. If a path is a symbolic link, its target is also saved. Folders in which Holdfast stores data are left out.',
    forms.list(absolutePath).min(1, issueText('at least one path is required')),
  ),
  exclude: key('Files to leave out, as tar patterns: "*.tmp" at any depth, "/srv/www/cache" from the root.', texts),
  'one-file-system': key('Whether to leave out other file systems mounted below the paths; each is reported. Default: true.', forms.boolean()),
  'require-mount': key(
    'Mount point, or a list of them; the object fails if nothing is mounted there.',
    oneForm('an absolute path or a list of them', [absolutePath, forms.list(absolutePath)]),
  ),
  acls: key('Whether to save access control lists. Default: true.', forms.boolean()),
  xattrs: key('Whether to save extended attributes. Default: true.', forms.boolean()),
  selinux: key('Whether to save SELinux contexts. Default: false.', forms.boolean()),
  sparse: key('Whether to save holes in files as holes. Default: true.', forms.boolean()),
  digest: key(
    'Whether to record the SHA-256 of the archive before compression and encryption, which `verify --deep` and drills compare. Recording it takes CPU time. It is always recorded for objects without compression and encryption. Default: false.',
    forms.boolean(),
  ),
}))

const tableDigests = key(
  'Whether to record a digest of the rows of each table, so that drills compare the values of all columns after the restore. Recording it takes CPU time. Default: false.',
  forms.boolean(),
)

const postgresql = mapping(() => ({
  databases: required(
    '"all": the whole cluster as one object; or a list of names: one object for each database, and one for the roles ("globals").',
    databases,
  ),
  ...connection,
  globals: key(
    'Roles and tablespaces: "all" (default), which needs a superuser or pg_read_all_data; "no-passwords", without the passwords of roles; "none", not with all databases.',
    forms.choice(['all', 'no-passwords', 'none']),
  ),
  opts: key(
    'Additional arguments for pg_dump or pg_dumpall. Options for connections and roles are also used for dumping roles and tablespaces.',
    texts,
  ),
  'table-digests': tableDigests,
}))

const mariadb = mapping(() => ({
  databases: required('"all", or a list of names. The databases are saved in one consistent dump, as one object.', databases),
  ...connection,
  'option-file': key('Option file of the client, read instead of its usual ones. For the dump and all other connections.', absolutePath),
  program: key('Dump program. Default: mariadb-dump. For MySQL: mysqldump; "tls" then passes the options of the MySQL clients.', filledText),
  opts: key('Additional arguments for the dump program. Connection options are used for all connections.', texts),
  'table-digests': tableDigests,
}))

const sqlite = mapping(() => ({
  path: required('Database file. It may be in use.', absolutePath),
  'temporary-folder': key('Folder for the temporary copy. Default: /var/tmp.', absolutePath),
}))

const ldap = mapping(() => ({
  suffix: key('Database with this suffix, such as "dc=example,dc=org".', filledText),
  database: key('Number of the database; 0 is the configuration.', forms.int().min(0, issueText('invalid database number'))),
  'config-folder': key('Configuration folder of slapd. Default: that of the running slapd, otherwise the default of slapcat.', absolutePath),
  'config-file': key('Configuration file of slapd (slapd.conf), instead of a folder.', absolutePath),
})).check((context) => {
  const { suffix, database, 'config-folder': folder, 'config-file': file } = context.value
  if (folder !== undefined && file !== undefined)
    context.issues.push({ code: 'custom', input: context.value, message: issueText('"config-folder" and "config-file" cannot be combined') })
  if (suffix !== undefined && database !== undefined)
    context.issues.push({ code: 'custom', input: context.value, message: issueText('"suffix" and "database" cannot be combined') })
})

/** The source of an object, by its key. */
export const sources = {
  exec: key('Output of a command.', command),
  pipeline: key(
    'Output of the last of several commands connected by pipes.',
    forms.list(command).min(1, issueText('at least one command is required')),
  ),
  files: key('Files and folders, as a tar archive.', files),
  'host-facts': key(
    'Information for rebuilding this host: partitions, packages, units, users, network and more, as a tar archive of text files.',
    mapping(() => ({})),
  ),
  postgresql: key('PostgreSQL databases, as SQL.', postgresql),
  mariadb: key('MariaDB or MySQL databases, as SQL.', mariadb),
  sqlite: key('An SQLite database, as a consistent copy of its pages.', sqlite),
  ldap: key('An OpenLDAP directory, as LDIF.', ldap),
} as const

export type SourceKind = keyof typeof sources
export const SOURCE_KINDS = Object.keys(sources) as readonly SourceKind[]
export type SourceInput<K extends SourceKind> = ValueIn<(typeof sources)[K]>
