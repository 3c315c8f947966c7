import { openPlace } from '../../test/native/place.ts'
import { noMariadb, noPostgresql, type Server, startMariadb, startPostgresql } from '../../test/native/servers.ts'
import type { Part } from '../pairs/part.ts'
import type { Site, Sizes } from '../pairs/site.ts'

const ROWS_IN_MIB = 7000

/** A dump of a server of PostgreSQL. */
export const postgresql: Part = {
  name: 'postgresql',
  title: ({ realMib }) => `A dump of ${realMib} MiB of one database of PostgreSQL, compressed by zstd`,
  pairs: async (site) => {
    if (noPostgresql) return [{ other: 'pg_dump', missing: noPostgresql }]
    const server = startPostgresql(openPlace(site))
    server.sql('postgres', 'create database bench')
    server.sql(
      'bench',
      `create table t (id bigint primary key, name text, body text, amount numeric);
       insert into t select it, md5(it::text), repeat(md5((it / 7)::text), 3), it * 0.37 from generate_series(1, ${rows(site.sizes)}) it;`,
    )
    const source = `postgresql: { databases: [bench], globals: none, ${server.connect} }`
    return dumps(site, { source, server, dump: 'pg_dump --format=plain --create --dbname=bench', kind: 'postgresql' })
  },
}

/** A dump of a server of MariaDB. */
export const mariadb: Part = {
  name: 'mariadb',
  title: ({ realMib }) => `A dump of ${realMib} MiB of one database of MariaDB, compressed by zstd`,
  pairs: async (site) => {
    if (noMariadb) return [{ other: 'mariadb-dump', missing: noMariadb }]
    const server = await startMariadb(openPlace(site))
    server.sql(
      '',
      `create database bench; use bench; create table t (id bigint primary key, name text, body text, amount decimal(20, 2));
       insert into t select seq, md5(seq), repeat(md5(seq div 7), 3), seq * 0.37 from seq_1_to_${rows(site.sizes)};`,
    )
    const dump = 'mariadb-dump --single-transaction --quick --routines --events --triggers --databases bench'
    return dumps(site, { source: `mariadb: { databases: [bench], ${server.connect} }`, server, dump, kind: 'mariadb' })
  },
}

interface Dumped {
  /** How a configuration of Holdfast calls it. */
  readonly source: string
  readonly server: Server
  readonly dump: string
  readonly kind: string
}

async function dumps(site: Site, { source, server: { environment }, dump, kind }: Dumped): ReturnType<Part['pairs']> {
  const holdfast = site.holdfast(site.configure(`tasks: { t: { steps: [{ backup: { objects: { o: { ${source} } } } }] } }`), 'run')
  const { out } = site
  const [program = ''] = dump.split(' ')
  return [
    { holdfast, other: site.shell(`\`${program} \\| zstd\` by hand, with flush`, `${dump} | zstd -q -c -T0 >${out}/f; sync ${out}/f`, environment) },
    { holdfast, other: site.shell('gobackup-like script, with flush', gobackupLike(out, dump, kind), environment) },
  ]
}

/** As gobackup does it: a dump in a temporary folder, which is then packed, copied to the storage and removed. */
function gobackupLike(out: string, dump: string, kind: string): string {
  const work = `${out}/work`
  return [
    `mkdir -p ${work}/bench/${kind}/bench ${out}/storage`,
    `${dump} >${work}/bench/${kind}/bench/bench.sql`,
    `tar -C ${work} -zcf ${work}/bench.tar.gz bench`,
    `cp ${work}/bench.tar.gz ${out}/storage/`,
    `rm -r ${work}`,
    `sync ${out}/storage/bench.tar.gz`,
  ].join('; ')
}

function rows({ realMib }: Sizes): number {
  return realMib * ROWS_IN_MIB
}
