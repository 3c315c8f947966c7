import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, type Ended, type Place, type Start } from './place.ts'
import { maskSets, recordedTree, treeOf } from './tree.ts'

const golden = join(checkout, 'test/golden/palhm')
// Not of the recording's own: what the program itself is started with.
const RECORDER_ONLY = new Set(['PATH', 'HOME', 'LANG', 'PYTHONDONTWRITEBYTECODE'])

/** One recorded run of the ancestor. */
export interface Recorded {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly umask: string
  /** Negative: died of that signal. Null: hung. */
  readonly code: number | null
  readonly stdout: string
  readonly tree?: { readonly folder: string; readonly lines: readonly string[] }
}

/** The cases on record, by the names of their folders. */
export const recordedNames: readonly string[] = readdirSync(join(golden, 'recorded')).toSorted()

export function readRecord(name: string): Recorded {
  const read = (file: string) => readFileSync(join(golden, 'recorded', name, file), 'utf8')
  const { argv, cwd, env, umask, returncode } = JSON.parse(read('result.json')) as {
    readonly argv: readonly string[]
    readonly cwd: string
    readonly env: Readonly<Record<string, string>>
    readonly umask: string
    readonly returncode: number | null
  }
  const hasTree = existsSync(join(golden, 'recorded', name, 'tree'))
  return {
    args: argv.slice(1),
    cwd,
    env: Object.fromEntries(Object.entries(env).filter(([key]) => !RECORDER_ONLY.has(key))),
    umask,
    code: returncode,
    stdout: read('stdout'),
    ...(hasTree && { tree: treeOfRecord(read('tree')) }),
  }
}

function treeOfRecord(text: string): { readonly folder: string; readonly lines: readonly string[] } {
  const [first = ''] = text.split('\n')
  const folder = first.split(' ').slice(2).join(' ').replace('../run/', '@RUN@/')
  return { folder, lines: recordedTree(text) }
}

/** Those of the ancestor's configurations that bear one of the numbers, with what they include, beside `place.run`, its folders written into them. */
export function copyConfigs(place: Place, numbers: ReadonlySet<string>): void {
  const configs = join(place.top, 'configs')
  copyFolder(join(golden, 'configs'), configs, { place, wanted: (name) => numbers.has(name.slice(0, 2)) || name === 'inc' || name === 'bin' })
  const shipped = join(place.top, 'original/src/conf/py-sample/conf.d')
  mkdirSync(shipped, { recursive: true })
  cpSync(join(checkout, 'share/palhm/conf.d/core.json'), join(shipped, 'core.json'))
}

function copyFolder(from: string, to: string, { place, wanted }: { readonly place: Place; readonly wanted: (name: string) => boolean }): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true }).filter(({ name }) => wanted(name))) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) copyFolder(source, target, { place, wanted: () => true })
    else writeFileSync(target, placed(readFileSync(source, 'utf8'), place), { mode: statSync(source).mode })
  }
}

/** `@RUN@`, `@CONFIGS@` and `@ORIGINAL@` as the folders of this place. */
export function placed(text: string, { run, top }: Place): string {
  return text.replaceAll('@RUN@', run).replaceAll('@CONFIGS@', join(top, 'configs')).replaceAll('@ORIGINAL@', join(top, 'original'))
}

/** The other way round, names of new sets masked. */
export function unplaced(text: string, { run, top }: Place): string {
  return maskSets(text.replaceAll(run, '@RUN@').replaceAll(join(top, 'configs'), '@CONFIGS@').replaceAll(join(top, 'original'), '@ORIGINAL@'))
}

/** Runs what was recorded. */
export function replay(record: Recorded, place: Place, start: Start = {}): Promise<Ended> {
  const args = record.args.map((arg) => placed(arg, place))
  return place.start(args, { cwd: placed(record.cwd, place), env: record.env, umask: record.umask, ...start })
}

/** What must hold of every run, whatever it is about. */
export function assertDecent({ code, signal, stderr, stdout }: Ended, isQuiet: boolean): void {
  assert.doesNotMatch(stderr, /^\s+at |Traceback|internal error|\bnode:/mu)
  assert.ok(code !== null || signal !== 'SIGKILL', 'it hung')
  if (code !== 0 && code !== null) assert.notEqual(stderr, '', 'a failure says something')
  if (code === 0 && isQuiet) assert.equal(stderr, '', 'success under -q says nothing')
  assert.doesNotMatch(stdout, /internal error/u)
}

export function assertEndedAlike({ code, signal }: Ended, record: Recorded): void {
  const died = code === null ? -signalNumber(signal) : code
  assert.equal(died, record.code)
}

export function assertTreeAlike(record: Recorded, place: Place, withoutDigests = false): void {
  if (record.tree === undefined) return
  const shape = (lines: readonly string[]) => (withoutDigests ? lines.map((line) => line.replace(/ size=.*/u, '')) : lines)
  const present = treeOf(placed(record.tree.folder, place)).map((line) => unplaced(line, place))
  assert.deepEqual(shape(present), shape(record.tree.lines))
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal as string] ?? Number.NaN
}
