import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Duplicate, findDuplicates, type Lines } from './find-duplicates.ts'

interface Table {
  readonly files: readonly string[]
  readonly why: string
}

const MIN_LINES = 10

/** Data: entries of the same shape, which a function or a loop would only hide. */
const TABLES: readonly Table[] = [
  { files: ['src/report/run-log/texts-en.ts', 'src/report/run-log/texts-ru.ts'], why: 'The same texts in two languages, with the same keys.' },
  {
    files: ['account', 'data', 'host', 'proof'].map((name) => `src/api/routes/${name}-routes.ts`),
    why: 'The table of operations: each has its method, path, permission, request, response and description.',
  },
  {
    files: ['commands', 'contents-commands', 'proof-commands'].map((name) => `src/cli/args/${name}.ts`),
    why: 'The table of commands: what their options have in common is in command-spec.ts and shared-options.ts.',
  },
  {
    files: ['src/storage/s3/describe-fault.ts', 'src/storage/system-errors.ts'],
    why: 'The meanings of the error codes of S3 and of the system; they share the type, and no code.',
  },
]

export interface DuplicateReport {
  /** One line each: `src/a.ts:3-14: 12 lines of the same shape as src/b.ts:7-18`. */
  readonly findings: readonly string[]
  readonly filesRead: number
}

/** No two places in `src/` have ten lines or more of the same shape, except in the tables. Tests are not checked. */
export function checkDuplicates(root: string, tables: readonly Table[] = TABLES): DuplicateReport {
  const files = globSync('src/**/*.ts', { cwd: root, exclude: ['**/*.{test,suite}.ts'] }).sort()
  const duplicates = findDuplicates(new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')])), MIN_LINES)
  const used = new Set<Table>()
  const others = duplicates.filter(({ left, right }) => {
    const table = tables.find((it) => it.files.includes(left.file) && it.files.includes(right.file))
    if (table) used.add(table)
    return !table
  })
  const unused = tables.filter((it) => !used.has(it)).map((it) => `${it.files.join(', ')}: listed as a table, but contains no duplicates`)
  return { findings: [...others.map(describe), ...unused], filesRead: files.length }
}

function describe({ lines, left, right }: Duplicate): string {
  return `${place(left)}: ${lines} lines of the same shape as ${place(right)}`
}

function place({ file, from, to }: Lines): string {
  return `${file}:${from}-${to}`
}

if (import.meta.main) {
  const { findings, filesRead } = checkDuplicates(fileURLToPath(new URL('..', import.meta.url)))
  for (const finding of findings) console.error(finding)
  console.log(`duplicates: ${filesRead} files read, ${findings.length} findings`)
  process.exitCode = findings.length === 0 && filesRead > 0 ? 0 : 1
}
