import { SMALL_BYTES } from '../contents/member-list.ts'
import { DRILL_EXITS } from './sandbox.ts'
import { CHECK_FUNCTION, NOT_FOUND } from './user-checks.ts'

// The inner scripts of drills. Each loads the object from its stdin into a temporary place, prints the line "loaded", and then the contents: a dump of the
// restored data by the same program, or a list. They run without privileges in a sandbox, in an empty folder.

const { prepare, start, load, ask, unfit } = DRILL_EXITS

/** The answers of the checks of the user, after the line "loaded". */
const CHECKS = '[ ! -e /checks.sh ] || . /checks.sh'

/** The SQL that examines the B-tree indexes of a database: a result, which is empty, for each. */
const INDEXES = `BEGIN;
CREATE SCHEMA IF NOT EXISTS holdfast_amcheck;
CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA holdfast_amcheck;
SELECT format('SELECT %I.bt_index_check(%s::regclass, true)', (SELECT nspname FROM pg_namespace n JOIN pg_extension e ON e.extnamespace = n.oid WHERE extname = 'amcheck'), c.oid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisready AND i.indisvalid AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  ORDER BY c.relpages
\\gexec
ROLLBACK;`

/**
 * Arguments: the folder of the programs; `globals` if the object contains the roles only; the level of the drill. At level `full`, the indexes are examined after
 * the checks of the user, in the form of another answer, with the number of sound ones in its first line. The file `/globals.sql` contains the roles that a dump needs. */
export const POSTGRESQL_SCRIPT = `set -u
bin=$1 what=$2 level=$3
${CHECK_FUNCTION}"$bin/initdb" -D data -N -A trust --locale=C.UTF-8 -E UTF8 --no-instructions -U holdfast_drill </dev/null >&2 || exit ${prepare}
options='-c listen_addresses= -c unix_socket_directories=/drill -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal'
options="$options -c max_wal_senders=0 -c autovacuum=off -c jit=off -c max_connections=20 -c max_wal_size=512MB -c shared_buffers=64MB -c max_prepared_transactions=10"
"$bin/pg_ctl" -D data -w -t 300 -l log -o "$options" start </dev/null >&2 || { cat log >&2; exit ${start}; }
export PGHOST=/drill PGUSER=holdfast_drill
query() {
  PGOPTIONS="-c default_transaction_read_only=on" timeout -k 5 "$seconds" "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "\${1:-$PGDATABASE}" -c "$2"
}
# The extension is gone with the transaction, so that it is not in the dump of the restored data.
examine_indexes() {
  [ "$(ask "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'")" = 1 ] || return ${NOT_FOUND}
  ask 'SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn' >/drill/names || return
  while IFS= read -r name; do
    printf '%s\\n' "$indexes" | PGDATABASE=$name "$bin/psql" -X -q -A -t -v VERBOSITY=verbose -v ON_ERROR_ROLLBACK=on -f - || return
  done </drill/names
}
ask() { "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d template1 -c "$1" </dev/null; }
# Gives each tablespace a folder of the drill. Only before the first database: what follows may be data.
cluster() {
  spaces=0
  while IFS= read -r line; do
    case $line in
      'CREATE TABLESPACE '*" LOCATION '"*"';")
        spaces=$((spaces + 1))
        mkdir space$spaces
        line="\${line% LOCATION *} LOCATION '/drill/space$spaces';" ;;
    esac
    printf '%s\\n' "$line"
    case $line in '\\connect '*) break ;; esac
  done
  cat
}
one= two=
IFS= read -r one
IFS= read -r two
database=postgres
case $two in
  '-- PostgreSQL database cluster dump') [ "$what" = globals ] || what=cluster ;;
  *) what=database database=template1; ask 'DROP DATABASE postgres' || exit ${start} ;;
esac
{
  [ "$what" != database ] || [ ! -e /globals.sql ] || cluster </globals.sql
  printf '%s\\n%s\\n' "$one" "$two"
  if [ "$what" = database ]; then cat; else cluster; fi
} | "$bin/psql" -X -q -v ON_ERROR_STOP=1 -d $database -f - >/dev/null || { grep -E 'terminated by signal|PANIC:' log | tail -n 1 >&2; exit ${load}; }
export PGDATABASE=postgres
[ "$what" != database ] || PGDATABASE=$(ask 'SELECT datname FROM pg_database WHERE NOT datistemplate') || exit ${ask}
echo loaded
${CHECKS}
if [ "$level" = full ]; then
  indexes=$(cat <<'END'
${INDEXES}
END
)
  code=0
  examine_indexes </dev/null >sound 2>problems || code=$?
  { wc -l <sound; grep -E '(ERROR|FATAL):  |psql: error: ' problems | head -n 100; } | head -c 60000 >answer
  printf 'check %d %d\\n' $code "$(wc -c <answer)"
  cat answer
fi
case $what in
  database)
    "$bin/pg_dump" --format=plain --create || exit ${ask} ;;
  *)
    [ "$what" = cluster ] && only= || only=--globals-only
    { "$bin/pg_dumpall" $only || : >failed; } | sed '/^CREATE ROLE holdfast_drill;$/d'
    [ ! -e failed ] || exit ${ask} ;;
esac
"$bin/pg_ctl" -D data -m immediate stop </dev/null >&2 || :`

/**
 * Prints nothing after "loaded" if there are no databases but those of the server itself. Nothing has to survive a power failure, so that neither the installation nor
 * the server waits for the disk; a log of the same size is not made twice.
 */
export const MARIADB_SCRIPT = `set -u
${CHECK_FUNCTION}
mkdir data tmp empty
mariadb-install-db --no-defaults --datadir=/drill/data --tmpdir=/drill/tmp --skip-test-db --auth-root-authentication-method=normal --skip-name-resolve \\
  --innodb-log-file-size=64M --loose-debug-no-sync --force </dev/null >&2 || exit ${prepare}
mariadbd --no-defaults --datadir=/drill/data --socket=/drill/server --pid-file=/drill/pid --tmpdir=/drill/tmp --skip-networking --event-scheduler=OFF \\
  --skip-log-bin --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-buffer-pool-size=128M --innodb-log-file-size=64M --loose-debug-no-sync --performance-schema=0 \\
  --skip-symbolic-links --local-infile=0 --secure-file-priv=/drill/empty --plugin-dir=/nonexistent --max-allowed-packet=1G </dev/null >log 2>&1 &
server=$!
connect='--no-defaults --user=root --socket=/drill/server'
until mariadb-admin $connect ping </dev/null >/dev/null 2>&1; do
  kill -0 $server 2>/dev/null || { cat log >&2; exit ${start}; }
  sleep 0.1
done
# Clients of earlier versions reject the first line that later ones write; those that know the mode are started in it.
IFS= read -r first || :
sandbox=$(mariadb --no-defaults --help </dev/null 2>/dev/null | grep -o '^ *--sandbox')
{
  case $first in '/*M!999999'* | '/*!999999'*) ;; *) printf '%s\\n' "$first" ;; esac
  cat
} | mariadb $connect $sandbox --loose-skip-print-query-on-error --default-character-set=utf8mb4 --max-allowed-packet=1G >/dev/null || {
  kill -0 $server 2>/dev/null || { grep -E 'signal|Assertion|\\[ERROR\\]' log | tail -n 1 >&2; echo 'the server has ended' >&2; }
  exit ${load}
}
options='--single-transaction --quick --routines --events --triggers --hex-blob --default-character-set=utf8mb4 --max-allowed-packet=1G'
names=$(mariadb $connect --skip-column-names --batch --raw </dev/null --execute \\
  "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ('information_schema', 'performance_schema', 'sys', 'mysql')") || exit ${ask}
export MYSQL_UNIX_PORT=/drill/server
query() {
  timeout -k 5 "$seconds" mariadb $connect --skip-column-names --batch --raw --init-command='SET SESSION TRANSACTION READ ONLY' --execute="$2" "\${1:-\${names%%
*}}"
}
echo loaded
${CHECKS}
if [ -n "$names" ]; then
  set -f
  IFS='
'
  set -- $names
  unset IFS
  mariadb-dump $connect $options --databases -- "$@" || exit ${ask}
fi
kill -KILL $server`

export const LDAP_SCRIPT = `set -u
${CHECK_FUNCTION}
mkdir db
one=
IFS= read -r one
case $one in
  'dn: cn=config') echo 'the configuration of slapd, which names folders and modules of its host, cannot be restored to a temporary directory' >&2; exit ${unfit} ;;
  'dn: '*) suffix=\${one#dn: } ;;
  *) echo 'the first entry has no readable name' >&2; exit ${prepare} ;;
esac
{
  for it in core cosine nis inetorgperson; do
    for at in /etc/ldap/schema /etc/openldap/schema; do [ ! -e $at/$it.schema ] || echo "include $at/$it.schema"; done
  done
  for it in /usr/lib/ldap /usr/lib64/openldap; do [ ! -d $it ] || printf 'modulepath %s\\nmoduleload back_mdb\\n' $it; done
  printf 'database mdb\\nsuffix "%s"\\ndirectory /drill/db\\nmaxsize 17179869184\\n' "$(printf %s "$suffix" | sed 's/[\\\\"]/\\\\&/g')"
} >conf
{ printf '%s\\n' "$one"; cat; } | slapadd -q -f conf || exit ${load}
echo loaded
${CHECKS}
slapcat -o ldif-wrap=no -f conf || exit ${ask}`

/**
 * Prints the SHA-256 of the restored file; then "ok" for a sound database, and the number of its tables; then "rows", the name in hexadecimal digits, and the
 * number of rows of each table that can be counted.
 */
export const SQLITE_SCRIPT = `set -u
cat >db || exit ${load}
${CHECK_FUNCTION}
query() { timeout -k 5 "$seconds" sqlite3 -batch -readonly -init /dev/null db "$2"; }
echo loaded
digest=$(sha256sum <db) || exit ${ask}
${CHECKS}
echo "\${digest%% *}"
sqlite3 -batch -init /dev/null db 'PRAGMA trusted_schema = 0; PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT count(*) FROM sqlite_master WHERE type = '"'table'" \\
  </dev/null || exit ${ask}
sqlite3 -batch -init /dev/null db "SELECT 'SELECT ''rows ' || hex(name) || ' '' || count(*) FROM \\"' || replace(name, '\\"', '\\"\\"') || '\\";'
  FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite|_%' ESCAPE '|'" </dev/null >counts || exit ${ask}
{ echo 'PRAGMA trusted_schema = 0;'; cat counts; } | sqlite3 -batch -init /dev/null db 2>/dev/null || :`

/**
 * Argument: which contents are read, `all` or `small`. Prints a line for each file, folder and link, then one for each digest, as `listFiles` reads them. What the
 * checks of the user change is not part of it. Owners and devices need privileges that a drill does not have; that a path is too long, or the target of a hard
 * link missing, is found by the comparison.
 */
export const FILES_SCRIPT = `set -u
what=$1
${CHECK_FUNCTION}
mkdir files
tar --extract --file=- --directory=files --no-same-owner --same-permissions --delay-directory-restore 2>errors
code=$?
sed '/: Cannot mknod: Operation not permitted$/d; /: File name too long$/d; /: Cannot hard link to .*: No such file or directory$/d; /: Removing leading /d; / in the future$/d; /: implausibly old time stamp /d; /^tar: Exiting with failure status due to previous errors$/d' errors >others
if [ $code != 0 ] && { [ $code != 2 ] || [ -s others ] || [ ! -s errors ]; }; then cat others >&2; exit ${load}; fi
echo loaded
# A folder is entered after it was listed.
chmod u+rwx files
entry='%s %m %T@ %i %n %P\\0'
find files \\( -type f -printf "f $entry" -o -type d -printf "d $entry" -o -type l -printf "l $entry= %l\\0" \\) -type d ! -perm -u=rwx -execdir chmod u+rwx {} \\; >list || exit ${ask}
chmod -R u+rwX files
cd files
[ "$what" = all ] && sizes= || sizes='-size -${SMALL_BYTES / 512 + 1}'
find . -type f $sizes -print0 | xargs -0 -r sha256sum -z 2>/dev/null | sed -z 's|^\\([0-9a-f]*\\) \\([ *]\\)\\./|# \\1 \\2|' >../digests || :
${CHECKS}
cd /drill
cat list digests || exit ${ask}`
