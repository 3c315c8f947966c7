// npm run bench:facts [-- ROUNDS [CHECKOUT…]]: the table of docs/proofs/facts.md: CPU time for observing a dump of PostgreSQL while it is made, of these
// checkouts.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openPlace } from '../test/native/place.ts'
import { startPostgresql } from '../test/native/servers.ts'

const [rounds = '7', ...others] = process.argv.slice(2)
const checkouts = [...others, fileURLToPath(new URL('..', import.meta.url))]
const ROWS = 1_500_000

const works: (() => void)[] = []
const place = openPlace({ after: (work) => works.push(work) })

const login = `export PGHOST=${place.folder}/pg PGUSER=boss PGPASSWORD="$(cat ${place.folder}/pg.pass)"`

/** User and system seconds of a command and all its children. */
function cpuSeconds(command: string): number {
  const [user = 0, system = 0] = place.shell(`${login}; TIMEFORMAT='%U %S'; { time ${command} >/dev/null; } 2>&1`).trim().split(' ').map(Number)
  return user + system
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
  const objects = {
    observed: `{ pg: { postgresql: { databases: [shop], globals: none, ${connect} }, compress: none } }`,
    unobserved: `{ pg: { exec: { argv: [sh, -c, '${login}; exec pg_dump -d shop'] }, compress: none } }`,
  }
  const spent = new Map<string, number[]>()
  for (let round = 0; round <= Number(rounds); round += 1)
    for (const checkout of checkouts)
      for (const [name, config] of Object.entries(objects)) {
        place.configure(config)
        const seconds = cpuSeconds(`${checkout}/holdfast -f holdfast.yaml -q run`)
        rmSync(join(place.folder, 'root/nightly'), { recursive: true })
        const key = `${checkout} ${name}`
        if (round > 0) spent.set(key, [...(spent.get(key) ?? []), seconds])
      }
  console.log(`| checkout | dump observed | the same program as \`exec\` | difference | per 100 MB |\n| --- | --: | --: | --: | --: |`)
  for (const checkout of checkouts) {
    const [observed, unobserved] = Object.keys(objects).map((name) => median(spent.get(`${checkout} ${name}`) ?? [])) as [number, number]
    const difference = observed - unobserved
    const cells = [observed, unobserved, difference, (difference / megabytes) * 100].map((it) => `${it.toFixed(2)} s`)
    console.log(`| ${[checkout, ...cells].join(' | ')} |`)
  }
  console.log(
    `\n${megabytes.toFixed(0)} MB, ${ROWS} rows, ${rounds} rounds; pg_dump alone: ${median([1, 2, 3].map(() => cpuSeconds('pg_dump -d shop'))).toFixed(2)} s`,
  )
} finally {
  for (const work of works) work()
}
