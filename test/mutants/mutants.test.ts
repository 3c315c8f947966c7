import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { drillSet } from '../../src/backup/drill/drill-set.ts'
import type { SetStore } from '../../src/backup/set/set-store.ts'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { verifySet } from '../../src/backup/verify/verify-set.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS, type Processes } from '../../src/process/processes.ts'
import { row } from '../long/proof.ts'
import { lacks, openPlace, type Place } from '../native/place.ts'
import { noMariadb, noPostgresql, noSlapd, openDirectory, startMariadb, startPostgresql } from '../native/servers.ts'
import { forgeObject } from '../support/forge.ts'
import { call, closeLocalfs, openLocalfs } from '../support/localfs.ts'
import { randomFrom } from '../support/mutations.ts'
import { requires } from '../support/requires.ts'
import { ldapMutations, type Mutation, mariadbMutations, postgresqlMutations, sqliteMutations, tarMutations } from './mutations.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'
const noDrill = requires('root', 'unshare', 'mkfs.ext4', 'zstd')
// In the short form, one mutant of every second kind; of databases, whose servers take seconds to start, of some kinds.
const FEW = 1
const EVERY: ReadonlyMap<string, number> = new Map([
  ['PostgreSQL', 5],
  ['MariaDB', 5],
])
const OF_CONTENTS = ['a bit flipped', 'a block lost', 'two blocks exchanged']

const PROOF = fileURLToPath(new URL('../../docs/proofs/mutants.md', import.meta.url))

/** Replaces the table of one source in the proof, when `UPDATE=1` is set. */
function keepSection(name: string, table: readonly string[]): void {
  if (process.env['UPDATE'] !== '1') return
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const text = readFileSync(PROOF, 'utf8')
  assert.ok(text.includes(begin) && text.includes(end), name)
  writeFileSync(PROOF, `${text.slice(0, text.indexOf(begin))}${begin}\n\n${table.join('\n')}\n\n${text.slice(text.indexOf(end))}`)
}

/** A source with two sets: the older one, and the one that is spoiled. */
interface Source {
  readonly name: string
  readonly skip: string | false
  /** The objects, as in a configuration; the path of the spoiled one. */
  open(place: Place): Promise<{ readonly objects: string; readonly path: string; change(): void }>
  mutations(older: Buffer): readonly Mutation[]
  /** The SHA-256 of the contents is not recorded, so that not all mutants are found. */
  readonly isUndigested?: true
}

const SOURCES: Source[] = [
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
         insert into orders (kind, note) select 1 + seq % 2, concat('order ', seq) from seq_1_to_300;`,
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
  {
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
  },
]

// As if it were compressed, with the default of `digest`.
SOURCES.push(...SOURCES.filter(({ name }) => name === 'files').map((it) => ({ ...it, name: 'files without digest', isUndigested: true as const })))

interface Score {
  readonly name: string
  mutants: number
  digests: number
  deep: number
  drill: number
  blind: number
}

interface Spoiled {
  readonly sets: SetStore
  readonly set: string
  readonly folder: string
  readonly path: string
  readonly processes: Processes
}

const keys = { environment: {} }

async function isSound({ sets, set, processes }: Spoiled, isDeep: boolean): Promise<boolean> {
  const deep = { processes, limits: DEFAULT_LIMITS, keys, contentOf: () => undefined }
  return (await verifySet(sets, set, call, isDeep ? { deep } : {})).problems.length === 0
}

/** `failed`, or `inconclusive`: what cannot be loaded because it refers to something that this host lacks is not proven, either. */
async function isProven({ sets, set, path, processes }: Spoiled, base: string): Promise<boolean> {
  // Only this object is restored; others are read, such as that of the roles.
  const { objects } = await sets.readManifest(set, call)
  const chosen = (objects.findIndex((it) => it.path === path) + 0.5) / objects.length
  const deps = {
    level: 'sample' as const,
    workers: 1,
    keys,
    processes,
    limits: DEFAULT_LIMITS,
    call,
    clock: () => new Date(),
    random: () => chosen,
    base,
  }
  return (await drillSet(sets, set, deps)).end === 'proven'
}

/** The set as if its objects had not been observed while they were made. */
function forgetFacts(folder: string): void {
  const file = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly objects: readonly Record<string, unknown>[] }
  const objects = manifest.objects.map(({ dump, coverage, facts, ...it }) => {
    const { entries, ...rest } = (facts ?? {}) as Readonly<Record<string, unknown>>
    return { ...it, facts: rest }
  })
  writeFileSync(file, `${JSON.stringify({ ...manifest, objects }, undefined, 2)}\n`)
}

function forgetDigest(folder: string): void {
  const file = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly objects: readonly Record<string, unknown>[] }
  const objects = manifest.objects.map(({ dump, ...it }) => it)
  writeFileSync(file, `${JSON.stringify({ ...manifest, objects }, undefined, 2)}\n`)
}

async function scoresOf(t: TestContext, source: Source, processes: Processes): Promise<readonly Score[]> {
  const place = openPlace(t)
  const { objects, path, change } = await source.open(place)
  place.configure(objects)
  assert.deepEqual(place.run('-q', 'run').stderr, '')
  const older = readFileSync(join(place.newestSet(), path))
  change()
  assert.equal(place.run('-q', 'run').status, 0)
  const folder = place.newestSet()
  const set = folder.slice(folder.lastIndexOf('/') + 1)
  const sets = filesystemSets(openLocalfs(join(place.folder, 'root/nightly')), { completeWhen: 'manifest' })
  if (source.isUndigested) {
    forgetDigest(folder)
    forgeObject(folder, path, readFileSync(join(folder, path)))
  }
  const spoiled: Spoiled = { sets, set, folder, path, processes }
  const [original, metadata] = [
    readFileSync(join(folder, path)),
    ['manifest.json', 'SHA256SUMS'].map((name) => [name, readFileSync(join(folder, name))] as const),
  ]
  const restore = () => {
    writeFileSync(join(folder, path), original)
    for (const [name, bytes] of metadata) writeFileSync(join(folder, name), bytes)
  }
  // What is not spoiled is good by all of them.
  assert.deepEqual([await isSound(spoiled, true), await isProven(spoiled, place.folder)], [true, true], source.name)
  forgetFacts(folder)
  assert.equal(await isProven(spoiled, place.folder), true, `${source.name} without facts`)
  const random = randomFrom(20261127)
  const scores: Score[] = []
  const every = EVERY.get(source.name) ?? 2
  const isPlayed = (_: Mutation, index: number) => isLong || index % every === Math.ceil(every / 2)
  for (const { name, count, mutate } of source.mutations(older).filter(isPlayed)) {
    const score: Score = { name, mutants: 0, digests: 0, deep: 0, drill: 0, blind: 0 }
    for (let nth = 0; nth < (isLong ? count : Math.min(FEW, count)); nth++) {
      restore()
      const mutant = mutate(original, random)
      if (mutant === undefined || mutant.equals(original)) continue
      score.mutants += 1
      writeFileSync(join(folder, path), mutant)
      score.digests += Number(!(await isSound(spoiled, false)))
      forgeObject(folder, path, mutant)
      score.deep += Number(!(await isSound(spoiled, true)))
      score.drill += Number(!(await isProven(spoiled, place.folder)))
      forgetFacts(folder)
      score.blind += Number(!(await isProven(spoiled, place.folder)))
    }
    if (score.mutants > 0) scores.push(score)
  }
  return scores
}

function total(scores: readonly Score[], name: string): Score {
  const sum = (key: 'mutants' | 'digests' | 'deep' | 'drill' | 'blind') => scores.reduce((all, it) => all + it[key], 0)
  return { name, mutants: sum('mutants'), digests: sum('digests'), deep: sum('deep'), drill: sum('drill'), blind: sum('blind') }
}

describe('spoiled objects', { skip: noDrill }, () => {
  let processes: Processes
  before(() => {
    processes = openProcesses({ runId: `mutants-${process.pid}` })
  })
  after(async () => {
    await processes.close()
    await closeLocalfs()
  })

  for (const source of SOURCES)
    it(`of ${source.name} are found`, { skip: source.skip }, async (t) => {
      const scores = await scoresOf(t, source, processes)
      const all = total(scores, '**all**')
      const names = ['mutant', 'number', 'digests as published', '`verify --deep`', 'drill', 'drill without facts']
      const rows = [...scores, all].map((it) => row(it.name, it.mutants, it.digests, it.deep, it.drill, it.blind))
      if (isLong) keepSection(source.name, [row(...names), row(...names.map(() => '---')), ...rows])
      if (isLong) assert.ok(all.mutants >= 200, `${all.mutants}`)
      assert.equal(all.digests, all.mutants, 'a change after the set was published is found by its digests')
      const known = total(source.isUndigested ? scores.filter(({ name }) => !OF_CONTENTS.includes(name)) : scores, '')
      assert.equal(known.deep, known.mutants, 'what is not what was dumped is found')
      assert.equal(known.drill, known.mutants, 'what is not what was dumped is not proven')
    })
})
