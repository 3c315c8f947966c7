/** What the lines need. */
export const PSQL_PROGRAMS: readonly string[] = ['awk', 'psql', 'runuser', 'prlimit', 'setpriv', 'od', 'grep']

// `\connect` as pg_dump writes it, and nothing else: what stands there may also be the address of another server, which would get the password.
const CONNECT = String.raw`/^\\connect ("?[A-Za-z0-9_.]+"?|-reuse-previous=on "dbname=\047([^\047\\"]|\\[\047\\]|"")*\047")$/`

/**
 * The lines of a shell that feed a dump in plain SQL to psql, one psql for each database that it connects to, and stop at the first error. Each psql is in
 * restricted mode by a key that the dump cannot know, where its version has that (CVE-2025-8714); the dump's own lines for it go, as older versions do not
 * know them. With `--nproc=1` it can start no program, whatever it obeys. A server's own roles are in the dump of a cluster too: those that are there already
 * stay; this only before the first `\connect`, as behind it are data.
 */
export function psqlLines(file: string): readonly string[] {
  return [
    'PATH=$PATH:/usr/sbin:/sbin',
    `if [ -n "\${PGPASSWORD:-}" ]; then user=nobody; else user=postgres; fi`,
    "client='prlimit --nproc=1 setpriv --no-new-privs psql -X -q -v ON_ERROR_STOP=1 -d postgres >/dev/null'",
    `if [ "$(id -u)" -eq 0 ]; then client="cd / && runuser -u \${PSQL_USER:-$user} -- $client"; fi`,
    String.raw`key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')`,
    'restrict=',
    String.raw`if psql --help=commands </dev/null | grep -q '^ *\\restrict '; then restrict="\restrict $key"; fi`,
    `client=$client restrict=$restrict tag="\\$x$key\\$" LC_ALL=C awk '`,
    ...AWK.map((line) => `  ${line}`),
    `' ${file}`,
  ]
}

const AWK: readonly string[] = [
  'function feed(line) { print line | ENVIRON["client"] }',
  'function end() { if (close(ENVIRON["client"]) != 0) { failed = 1; exit 1 } }',
  'BEGIN { feed(ENVIRON["restrict"]) }',
  String.raw`own == "" && /^\\restrict [A-Za-z0-9]+$/ { own = $2; next }`,
  String.raw`own != "" && $0 == "\\unrestrict " own { own = ""; next }`,
  // Before the name of a database that needs quotes.
  String.raw`/^\\encoding [A-Za-z0-9_]+$/ { encoding = $0; next }`,
  `${CONNECT} { end(); parts++; feed(encoding); encoding = ""; feed($0); feed(ENVIRON["restrict"]); next }`,
  'parts == 0 && /^CREATE ROLE .*;$/ { $0 = "DO " ENVIRON["tag"] "BEGIN " $0 " EXCEPTION WHEN duplicate_object THEN NULL; END" ENVIRON["tag"] ";" }',
  'encoding != "" { feed(encoding); encoding = "" }',
  '{ feed($0) }',
  'END { if (!failed) end() }',
]
