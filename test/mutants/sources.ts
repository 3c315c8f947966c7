import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lacks, type Place } from '../native/place.ts'
import { noMariadb, noPostgresql, noSlapd, openDirectory, startMariadb, startPostgresql } from '../native/servers.ts'
import { randomFrom } from '../support/mutations.ts'
import { CONTENTS_CHANGED, compressedMutations } from './compressed.ts'
import { ldapMutations, type Mutation, mariadbMutations, postgresqlMutations, sqliteMutations, tarMutations } from './mutations.ts'

/** A source with two sets: the older one, and the one that is spoiled. */
export interface Source {
  readonly name: string
  readonly skip: string | false
  /** The objects, as in a configuration; the path of the spoiled one. */
  open(place: Place): Promise<{ readonly objects: string; readonly path: string; change(): void }>
  mutations(older: Buffer): readonly Mutation[]
  /** The recorded SHA-256 of the contents is removed, as if it had not been recorded. */
  readonly isUndigested?: true
  /** The names of mutations of which not all are found by anything but the digests. */
  readonly notFound?: readonly string[]
}

const FILES: Source = {
  name: 'files',
  skip: lacks('tar'),
  async open(place) {
    place.shell(
      'mkdir -p data/sub; for n in $(seq 60); do head -c $((n * 97)) /dev/zero | tr "\\0" $((n % 9)) >data/sub/$n; done; ln data/sub/9 data/hard; ln -s sub data/link',
    )
    return {
      objects: `{ data: { files: { paths: [${place.folder}/data] }, compress: none } }`,
      path: 'data.tar',
      change: () => place.shell('echo new >data/new'),
    }
  },
  mutations: tarMutations,
}

export const SOURCES: readonly Source[] = [
  {
    name: 'PostgreSQL',
    skip: noPostgresql,
    async open(place) {
      const { sql, connect } = startPostgresql(place)
      sql('postgres', "create database shop encoding 'UTF8' template template0")
      sql(
        'shop',
        `create table kinds (id int primary key, name text not null unique); insert into kinds values (1, 'café'), (2, '日本');
         create table orders (id serial primary key, kind int references kinds, at timestamptz default '2026-01-01', note text check (length(note) < 99));
         insert into orders (kind, note) select 1 + n % 2, 'order ' || n from generate_series(1, 300) n;
         create index by_kind on orders (kind); create view latest as select * from orders order by id desc limit 5;
         create function twice(n int) returns int language sql as 'select 2 * n';`,
      )
      const objects = `{ pg: { postgresql: { databases: [shop], ${connect} }, compress: none } }`
      return { objects, path: 'pg/shop.sql', change: () => sql('shop', "insert into orders (kind, note) select 1, 'new' from generate_series(1, 9)") }
    },
    mutations: postgresqlMutations,
  },
  {
    name: 'MariaDB',
    skip: noMariadb,
    async open(place) {
      const { sql, connect } = await startMariadb(place)
      sql('', 'create database shop character set utf8mb4')
      sql(
        'shop',
        `create table kinds (id int primary key, name varchar(40) not null, unique key by_name (name)); insert into kinds values (1, 'café'), (2, '日本');
         create table orders (id int auto_increment primary key, kind int, note varchar(99), key by_note (note), constraint fk foreign key (kind) references kinds (id));
         insert into orders (kind, note) select 1 + seq % 2, concat('order ', seq) from seq_1_to_300;
         create sequence numbers start with 100; do next value for numbers;`,
      )
      const objects = `{ my: { mariadb: { databases: [shop], ${connect} }, compress: none } }`
      return { objects, path: 'my.sql', change: () => sql('shop', "insert into orders (kind, note) select 1, 'new' from seq_1_to_9") }
    },
    mutations: mariadbMutations,
  },
  {
    name: 'OpenLDAP',
    skip: noSlapd,
    async open(place) {
      const directory = openDirectory(place)
      const entry = (n: number) => `dn: cn=p${n},dc=example,dc=org\nobjectClass: person\ncn: p${n}\nsn: Person ${n}\ndescription: text ${n}\n\n`
      const fill = (from: number, to: number, head = '') => {
        writeFileSync(join(place.folder, 'in.ldif'), head + Array.from({ length: to - from }, (_, n) => entry(from + n)).join(''))
        place.shell(`${directory.bin}/slapadd <in.ldif`)
      }
      fill(0, 60, 'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: example\n\n')
      const objects = `{ dir: { ldap: {}, compress: none, environment: { PATH: "${directory.bin}:/usr/bin:/bin" } } }`
      return { objects, path: 'dir.ldif', change: () => fill(60, 70) }
    },
    mutations: ldapMutations,
  },
  {
    name: 'SQLite',
    skip: lacks('sqlite3'),
    async open(place) {
      const sql = (text: string) => place.shell(`sqlite3 app.db "${text}"`)
      sql(
        'create table t(a integer primary key, b); create index by_b on t(b); with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000) insert into t select i, hex(i * 7919) from n',
      )
      return {
        objects: `{ app: { sqlite: { path: ${place.folder}/app.db }, compress: none } }`,
        path: 'app.db',
        change: () => sql("insert into t values(9999, 'new')"),
      }
    },
    mutations: sqliteMutations,
  },
  FILES,
  // As if the archive were compressed, with the default of `digest`.
  { ...FILES, name: 'files without digest', isUndigested: true, notFound: ['a bit flipped', 'a block lost', 'two blocks exchanged'] },
  {
    ...FILES,
    name: 'compressed files',
    skip: lacks('tar', 'zstd', 'gzip', 'xz', 'bzip2', 'lz4'),
    async open(place) {
      place.shell('mkdir -p data/sub; for n in $(seq 30); do seq $((n * 37)) >data/sub/$n; done; ln data/sub/9 data/hard; ln -s sub data/link')
      // What cannot be compressed is stored as it is: there, only a checksum finds a change.
      const random = randomFrom(20261128)
      for (let n = 1; n <= 30; n++) writeFileSync(join(place.folder, `data/${n}`), Buffer.from(Array.from({ length: n * 397 }, () => random(256))))
      return {
        objects: `{ data: { files: { paths: [${place.folder}/data] } } }`,
        path: 'data.tar.zst',
        change: () => place.shell('echo new >data/new'),
      }
    },
    mutations: compressedMutations,
    notFound: [CONTENTS_CHANGED],
  },
]
