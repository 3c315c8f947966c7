// npm run bench [-- OPTIONS PART...]: durations beside those of other programs, in pairs; `--help` prints the options. Needs some 8 GB below BENCH_DIR or TMPDIR.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildFolder } from '../tools/build.ts'
import type { PartResult } from './pairs/part.ts'
import { renderPart } from './pairs/render-part.ts'
import { memoryMeasure } from './pairs/run-once.ts'
import { runPart } from './pairs/run-part.ts'
import { updateDocument } from './pairs/update-document.ts'
import { PARTS } from './parts/parts.ts'

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENT = join(CHECKOUT, 'docs/proofs/benchmarks.md')
const USAGE = `Usage: npm run bench -- [options] [part...]

Parts (default: all): ${PARTS.map(({ name }) => name).join(', ')}

Options:
  --rounds NUMBER    counted pairs of each comparison; short parts run three times as many (default 9)
  --mib NUMBER       size of data that passes through unchanged (default 1536)
  --real-mib NUMBER  size of files that are compressed, and of databases (default 768)
  --objects NUMBER   number of small objects (default 500)
  --files NUMBER     number of small files (default 100000)
  --weight NUMBER    priority of what is measured, 1 to 10000, as root: larger on a busy machine (default 100)
  --program FILE     launcher to measure (default: a folder built from this checkout)
  --against FILE     launcher of another version, compared instead of other programs
  --json             print JSON, with every measurement
  --update           write the tables into docs/proofs/benchmarks.md`

const OPTIONS = {
  rounds: { type: 'string', default: '9' },
  mib: { type: 'string', default: '1536' },
  'real-mib': { type: 'string', default: '768' },
  objects: { type: 'string', default: '500' },
  files: { type: 'string', default: '100000' },
  weight: { type: 'string', default: '100' },
  program: { type: 'string' },
  against: { type: 'string' },
  json: { type: 'boolean', default: false },
  update: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const { values, positionals } = readArguments()
const unknown = positionals.find((it) => PARTS.every(({ name }) => name !== it))
if (values.help) console.log(USAGE)
else if (unknown !== undefined) {
  console.error(`unknown part "${unknown}"\n\n${USAGE}`)
  process.exitCode = 2
} else await measureAll()

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS })
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exit(2)
  }
}

async function measureAll(): Promise<void> {
  const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'bench-built-'))
  try {
    if (values.program === undefined) await buildFolder(CHECKOUT, folder)
    const settings = {
      rounds: count('rounds'),
      weight: count('weight'),
      sizes: { mib: count('mib'), realMib: count('real-mib'), objects: count('objects'), files: count('files') },
      program: values.program ?? join(folder, 'holdfast'),
      ...(values.against !== undefined && { against: values.against }),
    }
    const results: PartResult[] = []
    for (const part of PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
      const result = await runPart(part, settings)
      results.push(result)
      if (!values.json) console.log(renderPart(result))
      if (values.update) updateDocument(DOCUMENT, part.name, renderPart(result))
    }
    const machine = { processors: cpus().length, model: cpus()[0]?.model, kernel: release(), memory: memoryMeasure }
    if (values.json) console.log(JSON.stringify({ machine, settings, parts: results }, null, 2))
    else console.log(`${machine.processors} processors (${machine.model}), Linux ${machine.kernel}; ${memoryMeasure}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function count(option: 'rounds' | 'weight' | 'mib' | 'real-mib' | 'objects' | 'files'): number {
  const number = Number(values[option])
  if (!Number.isInteger(number) || number < 1) throw new Error(`invalid value of --${option}: expected a whole number above 0`)
  return number
}
