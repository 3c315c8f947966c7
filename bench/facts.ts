// npm run bench:facts [-- ROUNDS [CHECKOUT…]]: the table of docs/proofs/facts.md: what observing a dump of PostgreSQL takes while it is made, by these checkouts. The
// ratio of times is the median of those of pairs.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openPlace } from '../test/native/place.ts'
import { startPostgresql } from '../test/native/servers.ts'

const [rounds = '7', ...others] = process.argv.slice(2)
const checkouts = [...others, fileURLToPath(new URL('..', import.meta.url))]
const ROWS = 1_500_000
const COMPRESSED = ['none', 'zstd']

const works: (() => void)[] = []
const place = openPlace({ after: (work) => works.push(work) })

const login = `export PGHOST=${place.folder}/pg PGUSER=boss PGPASSWORD="$(cat ${place.folder}/pg.pass)"`

interface Times {
  readonly wall: number
  /** User and system time of a command and all its children. */
  readonly cpu: number
}

/** In seconds. */
function timesOf(command: string): Times {
  const text = place.shell(`${login}; TIMEFORMAT='%R %U %S'; { time ${command} >/dev/null; } 2>&1`)
  const [wall = 0, user = 0, system = 0] = text.trim().split(' ').map(Number)
  return { wall, cpu: user + system }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

try {
  const { sql, connect } = startPostgresql(place)
  sql('postgres', 'create database shop')
  sql(
    'shop',
    `create table t as select n, now() - n * interval '1 second' as at, 'customer ' || n % 100003 as who, repeat('lorem ipsum ', n % 9) as note
     from generate_series(1, ${ROWS}) n`,
  )
  const megabytes = Number(place.shell(`${login}; pg_dump -d shop | wc -c`)) / 1e6
  const observed = (compress: string) => `{ pg: { postgresql: { databases: [shop], globals: none, ${connect} }, compress: ${compress} } }`
  const unobserved = (compress: string) => `{ pg: { exec: { argv: [sh, -c, '${login}; exec pg_dump -d shop'] }, compress: ${compress} } }`
  const spent = new Map<string, Times[]>()
  const timesIn = (key: string, of: keyof Times) => (spent.get(key) ?? []).map((it) => it[of])
  for (let round = 0; round <= Number(rounds); round += 1)
    for (const checkout of checkouts)
      for (const compress of COMPRESSED)
        for (const [name, configOf] of Object.entries({ observed, unobserved })) {
          place.configure(configOf(compress))
          // The size of an object in the last set decides how it is observed.
          const [root, kept] = ['root', `${compress}-${name}`].map((folder) => join(place.folder, folder)) as [string, string]
          rmSync(root, { recursive: true, force: true })
          if (existsSync(kept)) renameSync(kept, root)
          const times = timesOf(`${checkout}/holdfast -f holdfast.yaml -q run`)
          place.shell('cd root/nightly; ls -d 2* | head -n -1 | xargs -r rm -r')
          renameSync(root, kept)
          const key = `${checkout} ${compress} ${name}`
          // The first round fills the caches.
          if (round > 0) spent.set(key, [...(spent.get(key) ?? []), times])
        }
  console.log('| checkout | compression | time observed : not observed | CPU time observed | not observed | difference | per 100 MB |')
  console.log('| --- | --- | --: | --: | --: | --: | --: |')
  for (const checkout of checkouts)
    for (const compress of COMPRESSED) {
      const [withFacts, without] = [`${checkout} ${compress} observed`, `${checkout} ${compress} unobserved`]
      const base = timesIn(without, 'wall')
      const ratio = median(timesIn(withFacts, 'wall').map((it, round) => it / (base[round] ?? Number.NaN)))
      const [cpu, cpuBase] = [median(timesIn(withFacts, 'cpu')), median(timesIn(without, 'cpu'))]
      const cells = [cpu, cpuBase, cpu - cpuBase, ((cpu - cpuBase) / megabytes) * 100].map((it) => `${it.toFixed(2)} s`)
      console.log(`| ${[checkout, compress, ratio.toFixed(2), ...cells].join(' | ')} |`)
    }
  const alone = [1, 2, 3].map(() => timesOf('pg_dump -d shop'))
  console.log(
    `\n${megabytes.toFixed(0)} MB, ${ROWS} rows, ${rounds} rounds; pg_dump alone: ${median(alone.map(({ wall }) => wall)).toFixed(2)} s, of it ${median(alone.map(({ cpu }) => cpu)).toFixed(2)} s of CPU time`,
  )
} finally {
  for (const work of works) work()
}
