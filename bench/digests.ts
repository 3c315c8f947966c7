// npm run bench:digests [-- ROUNDS]: two figures of docs/proofs/facts.md: the CPU time of digesting the rows of tables, and of sampling the files of an archive.
import { globSync, statSync } from 'node:fs'
import { openSampling } from '../src/backup/facts/sample-contents.ts'
import { watchDump } from '../src/backup/facts/watch-dump.ts'
import { sampleMembers } from '../src/process/pipes/member-sample.ts'

const rounds = Number(process.argv[2] ?? 5)
const ROWS = 1_000_000
const FOLDER = '/usr/share'
// Files that have just been installed are old then.
const later = () => new Date(Date.now() + 3 * 24 * 3_600_000)

/** In milliseconds, of this process. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return Math.round((user + system) / 1000)
}

function observe(dump: Buffer, hasTables: boolean): void {
  const watch = watchDump('postgresql', { hasTables })
  for (let at = 0; at < dump.length; at += 65_536) watch?.see(dump.subarray(at, at + 65_536))
  watch?.end()
}

const row = (n: number) => `${n}\tcustomer ${n}\t2026-11-29 08:00:00\t${(n * 7919) % 100_000}.50\tsome text of an order with number ${n}\n`
const rows = Array.from({ length: ROWS }, (_, n) => row(n)).join('')
const dump = Buffer.from(`--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.t (n int);\n\nCOPY public.t (n) FROM stdin;\n${rows}\\.\n\n`)
const files = globSync(`${FOLDER}/**/*`).flatMap((path) => {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() ? [{ name: Buffer.from(path.slice(1)).toString('latin1'), bytes: stats.size }] : []
})

console.log(`${ROWS} rows, ${Math.round(dump.length / 1e6)} MB; ${files.length} files below ${FOLDER}\n`)
console.log('| observing the dump | with digests of the rows | sampling the files |\n| --: | --: | --: |')
for (let round = 0; round < rounds; round += 1) {
  const plain = await cpuOf(() => observe(dump, false))
  const digested = await cpuOf(() => observe(dump, true))
  const sample = sampleMembers()
  for (const file of files) sample.see(file)
  let sampled = 0
  const sampling = openSampling(later)
  const read = await cpuOf(async () => {
    sampled = (await sampling.take(sample.found(), new AbortController().signal)).length
  })
  console.log(`| ${plain} ms | ${digested} ms | ${read} ms (${sampled} files) |`)
}
