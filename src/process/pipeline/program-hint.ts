import { programName, type Stage } from '../start/stage.ts'

interface Known {
  readonly pattern: RegExp
  readonly hint: string
}

// ER_VIEW_INVALID.
const INVALID_VIEW: Known = {
  pattern: /\(1356\)/u,
  hint: 'Correct the view, or drop it. To leave it out of the dump, add "--ignore-table=DATABASE.VIEW" to the "opts" of the object.',
}
// CR_SERVER_GONE_ERROR, ER_NET_PACKET_TOO_LARGE: the server closes the connection.
const LARGE_ROW: Known = {
  pattern: /^ERROR (?:2006|1153) /mu,
  hint: 'The dump may contain a row that is larger than the "max_allowed_packet" of the server. Run "SET GLOBAL max_allowed_packet = 1073741824" there (1 GiB), and restore again.',
}
const HINTS: Readonly<Record<string, Known>> = {
  slapcat: {
    pattern: /Permission denied/u,
    hint: 'slapcat does not log in: it needs read access to the configuration of slapd, and read and write access to the folder of the database. Run it as root, or as the user of slapd, usually "openldap" or "ldap" (key "user" of the object).',
  },
  'mariadb-dump': INVALID_VIEW,
  mysqldump: INVALID_VIEW,
  mariadb: LARGE_ROW,
  mysql: LARGE_ROW,
}

/** What to do about a failure that the program describes in words of its own; undefined if it is unknown. */
export function programHint({ command, stderr }: Stage): string | undefined {
  // A program that is started by another one to confine it has its name as an id.
  const names = [programName(command), command.execId ?? '']
  const known = names.flatMap((name) => (Object.hasOwn(HINTS, name) ? (HINTS[name] ?? []) : []))
  return known.find(({ pattern }) => pattern.test(stderr.text()))?.hint
}
