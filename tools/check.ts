import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Check {
  readonly name: string
  readonly argv: readonly [string, ...string[]]
  /** Checks the output for problems of a command that succeeded. */
  readonly doubt?: (output: string) => string | undefined
}

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = `${root}node_modules/.bin/`
const node = process.execPath

/** In order of speed. All are run, even after failures. */
const checks: readonly Check[] = [
  { name: 'generated files are fresh', argv: [node, 'tools/generate.ts', '--check'] },
  { name: 'arrows', argv: [node, 'tools/check-arrows.ts'] },
  { name: 'duplicates', argv: [node, 'tools/check-duplicates.ts'] },
  { name: 'format and lint', argv: [`${bin}biome`, 'check', '--error-on-warnings', '--no-errors-on-unmatched'], doubt: uncheckedFiles },
  { name: 'types', argv: [`${bin}tsc`, '--noEmit'] },
  { name: 'types of the pages', argv: [`${bin}tsc`, '--noEmit', '-p', 'web'] },
  { name: 'dead code', argv: [`${bin}knip`] },
]

// A linter that reads no files finds no errors: its count must equal the number of files.
function uncheckedFiles(output: string): string | undefined {
  const there = globSync('{src,test,tools,web}/**/*.{ts,tsx}', { cwd: root, exclude: ['test/golden'] }).length
  const checked = Number(/Checked (\d+) files?/u.exec(output)?.[1] ?? 0)
  return checked < there ? `only ${checked} of ${there} files were checked` : undefined
}

function failed({ name, argv: [program, ...args], doubt }: Check): boolean {
  const began = performance.now()
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  const output = `${stdout ?? ''}${stderr ?? ''}`
  const trouble = error?.message ?? (status === 0 ? doubt?.(output) : `ended with ${signal ?? status}`)
  console.log(`${trouble ? 'FAILED' : 'ok    '} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  if (trouble) console.log(`${output.trimEnd()}\n${name}: ${trouble}\n`)
  return trouble !== undefined
}

/** The tests print their progress, and end with the runner's own closing lines. */
function testsFailed(): boolean {
  return spawnSync('sh', ['tools/test.sh'], { cwd: root, stdio: 'inherit' }).status !== 0
}

const failures = checks.filter(failed).map((it) => it.name)
if (!process.argv.includes('--no-tests') && testsFailed()) failures.push('tests')
if (failures.length > 0) console.log(`failed: ${failures.join(', ')}`)
process.exitCode = failures.length === 0 ? 0 : 1
