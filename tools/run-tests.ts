import { randomInt } from 'node:crypto'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { buildPagesOnce } from '../test/support/built-pages.ts'
import { measureSlowness } from '../test/support/slowness.ts'
import { compileTests } from './compile-tests.ts'
import { mountBundle } from './mount-bundle.ts'
import { type Lateness, watchFiles } from './watch-tests.ts'

// Runs the test files that match the patterns, several in parallel, each in its own process, and exits with 1 if one fails.
// There is no time limit for all of them: a file is ended if no test of it finishes for a long time.

const root = fileURLToPath(new URL('..', import.meta.url))
const TIMES = `${root}node_modules/.cache/test-times.json`
const FEW = 20
const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'

// The same measure for all files, determined before they slow each other down.
process.env['HOLDFAST_SLOWNESS'] ??= String(measureSlowness())
const slowness = Number(process.env['HOLDFAST_SLOWNESS'])
// In minutes: a long loop is one test.
const limit = Number(process.env['HOLDFAST_TEST_LIMIT'] ?? (isLong ? 90 : 10 * slowness))

// The processes of the tests load many files of the sources: compiled once is enough.
process.env['NODE_COMPILE_CACHE'] ??= `${root}node_modules/.cache/compiled`
await mountBundle(root)
const times = readTimes()
// Determines which points the loops over points use this time.
process.env['HOLDFAST_SAMPLE'] ??= String(randomInt(2 ** 31))
const files = globSync(process.argv.slice(2), { cwd: root }).toSorted()
// The longest first, so that none starts when all others have finished; of unknown ones, tests of several rooms take longer.
const weight = (file: string) => times[file] ?? (file.startsWith('test/') ? 10_000 : 0)
// Before them, since several need the same.
if (files.some((it) => it.startsWith('test/web/'))) await buildPagesOnce(root)
// Not worth it for a few.
// With the programs that tests start to kill them: killed ones store nothing.
if (files.length > FEW) {
  const programs = globSync('test/programs/*.ts', { cwd: root })
  compileTests(root, { files: [...files, ...programs], cache: process.env['NODE_COMPILE_CACHE'] })
}
// What the first test makes and others copy (see test/native/servers.ts).
const templates = mkdtempSync(join(tmpdir(), 'templates-'))
process.env['HOLDFAST_TEMPLATES'] = templates
process.once('exit', () => rmSync(templates, { recursive: true, force: true }))
files.sort((a, b) => weight(b) - weight(a))
console.log(
  `${files.length} files with tests; starting processes or computing takes ${slowness} times as long as on an idle machine of today; points chosen by HOLDFAST_SAMPLE=${process.env['HOLDFAST_SAMPLE']}`,
)

const stream = run({
  files: files.map((file) => resolve(root, file)),
  // Many of them wait for servers.
  concurrency: Number(process.env['HOLDFAST_TESTS_AT_ONCE'] ?? 2 * availableParallelism() + 1),
  cwd: root,
})
const watch = watchFiles(stream, { limitMs: limit * 60_000, onLate: reportLate })
stream.on('test:summary', ({ success, file, duration_ms }) => {
  if (file !== undefined) times[relative(root, file)] = Math.round(duration_ms)
  else if (!success) process.exitCode = 1
})
stream.compose(new spec()).pipe(process.stdout)
stream.once('end', () => {
  watch.stop()
  writeTimes()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    console.error(`\nstopped by ${signal} in: ${watch.going().join(', ')}`)
    process.exit(1)
  })
}

function reportLate({ file, tests }: Lateness): void {
  console.error(`${relative(root, file)}: ended because no test finished for ${limit} minutes, in: ${tests.join(', ') || 'one that blocks'}`)
}

function readTimes(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(TIMES, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}

function writeTimes(): void {
  mkdirSync(dirname(TIMES), { recursive: true })
  writeFileSync(TIMES, JSON.stringify(times))
}
