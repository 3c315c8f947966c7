import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { DrillResult } from '../../src/backup/drill/drill-result.ts'
import type { Manifest } from '../../src/backup/set/manifest.ts'
import type { Place } from '../native/place.ts'
import type { Random } from '../support/mutations.ts'
import { onOtherDay } from '../support/other-day.ts'

/** What goes wrong in a night. */
export type Fault = (typeof FAULTS)[number]

export const FAULTS = ['none', 'truncated', 'flipped', 'replaced', 'emptied', 'full', 'killed', 'drill-killed', 'clock', 'key'] as const

/** What one night came to. */
export interface Night {
  readonly night: number
  readonly fault: Fault
  /** Exit code of the run; null: killed. */
  readonly run: number | null
  readonly set: string | undefined
  readonly isSuspicious: boolean
  readonly drilled: string
  readonly end: string
  readonly removed: readonly string[]
}

const PROGRAM = fileURLToPath(new URL('../../holdfast', import.meta.url))
const LAST = 3
const DAYS = 7
const ROOT_MIB = 24

/** What the source contained: the files by name, and the rows. */
type Contents = Readonly<Record<string, string>>

/**
 * Plays nights with the real program, a day apart: the source changes, a run makes a set and rotates, a drill restores the newest one, and something goes wrong.
 * Each night, what was alarmed must be wrong, what was wrong must be alarmed, and nothing that the rules keep may be gone; at the end, everything that is not
 * spoiled must restore to what the source was.
 */
export async function playNights(
  place: Place,
  { faults, random }: { readonly faults: readonly Fault[]; readonly random: Random },
): Promise<readonly Night[]> {
  const world = openWorld(place, random)
  const nights: Night[] = []
  for (const [night, fault] of faults.entries()) {
    const tonight = { night, fault, label: `night ${night}, ${fault}`, days: night + (fault === 'clock' ? 400 : 0) }
    const made = await makeSet(world, tonight)
    assertMade(made, tonight)
    assertKept(world, made, tonight)
    const drilled = await spoilAndDrill(world, made, tonight)
    const { status: run, set, isSuspicious, removed } = made
    nights.push({ night, fault, run, set, isSuspicious, removed, ...drilled })
  }
  assertRestorable(world, faults.length)
  world.db.close()
  return nights
}

interface World {
  readonly folder: string
  /** The folder of the sets. */
  readonly root: string
  readonly db: DatabaseSync
  readonly random: Random
  /** What the source contained, by set. */
  readonly truth: Map<string, Contents>
  readonly spoiled: Set<string>
  readonly proven: Set<string>
  readonly suspicious: Set<string>
  sets(): readonly string[]
  manifestOf(set: string): Manifest
  run(days: number, ...args: readonly string[]): ReturnType<typeof spawnSync> & { readonly stdout: string; readonly stderr: string }
  /** Begins the program, and kills it after a random time, at most so long. */
  kill(days: number, args: readonly string[], mostMs: number): Promise<void>
}

interface Tonight {
  readonly night: number
  readonly fault: Fault
  /** For messages. */
  readonly label: string
  /** How far the clock is ahead of the real one. */
  readonly days: number
}

function openWorld(place: Place, random: Random): World {
  const { folder } = place
  const root = join(folder, 'root/nightly')
  mkdirSync(join(folder, 'data'))
  place.shell(`mkdir root; mount -t tmpfs -o size=${ROOT_MIB}m none root; echo secret >pass`)
  place.atEnd(() => place.shell('umount -l root'))
  const db = new DatabaseSync(join(folder, 'app.db'))
  db.exec('create table orders (id integer primary key, what text)')
  const objects = `{ data: { files: { paths: [${folder}/data] }, encrypt: main }, app: { sqlite: { path: ${folder}/app.db, temporary-folder: ${folder} } } }`
  place.configure(`${objects}, keep: { last: ${LAST}, daily: ${DAYS} }`, `keys: { main: { passphrase: "\${file:${folder}/pass}" } }`)
  const call = (args: readonly string[]) => ['-f', join(folder, 'holdfast.yaml'), ...args]
  const surroundings = (days: number) => ({ cwd: folder, env: environmentOf(folder, days) })
  return {
    ...{ folder, root, db, random, truth: new Map(), spoiled: new Set(), proven: new Set(), suspicious: new Set() },
    sets: () => (existsSync(root) ? readdirSync(root).filter((it) => it.startsWith('2')) : []).toSorted(),
    manifestOf: (set) => JSON.parse(readFileSync(join(root, set, 'manifest.json'), 'utf8')) as Manifest,
    run: (days, ...args) => spawnSync(PROGRAM, call(args), { encoding: 'utf8', ...surroundings(days) }),
    async kill(days, args, mostMs) {
      const child = spawn(PROGRAM, call(args), { stdio: 'ignore', ...surroundings(days) })
      const ended = once(child, 'exit')
      const timer = setTimeout(() => child.kill('SIGKILL'), random(mostMs))
      await ended
      clearTimeout(timer)
    },
  }
}

interface Made {
  /** Exit code of the run; null: killed. */
  readonly status: number | null
  readonly stderr: string
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly set: string | undefined
  readonly isSuspicious: boolean
  readonly removed: readonly string[]
}

async function makeSet(world: World, { night, fault, label, days }: Tonight): Promise<Made> {
  const { folder, db, random } = world
  changeSource(folder, { db, night, random })
  if (fault === 'emptied') db.exec('delete from orders; vacuum')
  const contents = contentsOf(join(folder, 'data'), db)
  const before = world.sets()
  const filler = join(folder, 'root/filler')
  if (fault === 'full') spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'], { stdio: 'ignore' })
  if (fault === 'killed') await world.kill(days, ['-q', 'run'], 2000)
  const { status, stderr } = fault === 'killed' ? { status: null, stderr: '' } : world.run(days, '-q', 'run')
  rmSync(filler, { force: true })
  const after = world.sets()
  const [set, ...others] = after.filter((it) => !before.includes(it))
  assert.deepEqual(others, [], label)
  const isSuspicious = set !== undefined && (world.manifestOf(set).suspicious ?? []).length > 0
  if (set !== undefined) world.truth.set(set, contents)
  if (set !== undefined && isSuspicious) world.suspicious.add(set)
  return { status, stderr, before, after, set, isSuspicious, removed: before.filter((it) => !after.includes(it)) }
}

/** What was alarmed was wrong, and what was wrong was alarmed. */
function assertMade({ status, stderr, set, isSuspicious }: Made, { fault, label }: Tonight): void {
  assert.equal(isSuspicious, fault === 'emptied', `${label}: ${stderr}`)
  if (fault === 'full') assert.ok(status !== 0 && set === undefined, `${label}: ${status}`)
  else if (fault !== 'killed') assert.deepEqual([status, set === undefined], [0, false], `${label}: ${stderr}`)
}

/** Nothing good was lost. */
function assertKept({ truth, suspicious, proven }: World, { before, after, removed }: Made, { night, label }: Tonight): void {
  for (const gone of removed) {
    const newer = after.filter((it) => it > gone && !suspicious.has(it))
    assert.ok(newer.length >= LAST, `${label}: ${gone} was removed, although only ${newer.length} are newer`)
    assert.ok(nightOf(truth, gone) <= night - (DAYS - 1), `${label}: ${gone} was removed too early`)
    assert.ok(!suspicious.has(gone), `${label}: ${gone} was removed, although it is suspicious`)
  }
  const newestProven = before.findLast((it) => proven.has(it))
  if (newestProven !== undefined) assert.ok(after.includes(newestProven), `${label}: the newest proven set was removed`)
}

async function spoilAndDrill(world: World, { after, set }: Made, tonight: Tonight): Promise<Pick<Night, 'drilled' | 'end'>> {
  const { folder, random, spoiled, proven } = world
  const { fault, label, days } = tonight
  const target = fault === 'flipped' ? after[random(after.length)] : (set ?? after.at(-1))
  if (target === undefined) return { drilled: '', end: 'none' }
  spoil(world, target, tonight)
  const args = ['drill', 'nightly', target, '--json', '--folder', folder]
  if (fault === 'drill-killed') await world.kill(days, args, 4000)
  if (fault === 'key') renameSync(join(folder, 'pass'), join(folder, 'pass-away'))
  const { stdout, stderr } = world.run(days, ...args, ...(fault === 'drill-killed' ? ['--resume'] : []))
  if (fault === 'key') renameSync(join(folder, 'pass-away'), join(folder, 'pass'))
  const { end } = JSON.parse(stdout) as DrillResult
  assert.equal(end, spoiled.has(target) ? 'failed' : fault === 'key' ? 'inconclusive' : 'proven', `${label}: ${target}: ${stdout} ${stderr}`)
  if (end === 'proven') proven.add(target)
  if (end === 'failed') proven.delete(target)
  assert.deepEqual(
    readdirSync(folder).filter((it) => it.startsWith('holdfast-drill')),
    [],
    label,
  )
  return { drilled: target, end }
}

function spoil(world: World, target: string, { fault }: Tonight): void {
  const { root, random, spoiled } = world
  const { objects } = world.manifestOf(target)
  const file = join(root, target, objects[random(objects.length)]?.path ?? '')
  const older = world.sets().findLast((it) => it < target)
  if (fault === 'truncated') truncateSync(file, random(statSync(file).size))
  else if (fault === 'flipped') flip(file, random)
  else if (fault === 'replaced' && older !== undefined) {
    rmSync(join(root, target), { recursive: true })
    cpSync(join(root, older), join(root, target), { recursive: true })
  } else return
  spoiled.add(target)
}

function assertRestorable(world: World, days: number): void {
  const { folder, truth, spoiled } = world
  for (const set of world.sets().filter((it) => !spoiled.has(it))) {
    const to = join(folder, 'restored')
    const { status, stderr } = world.run(days, 'restore', 'nightly', set, '--to', to)
    assert.equal(status, 0, `${set}: ${stderr}`)
    const restored = new DatabaseSync(globSync(`${to}/**/app.db*`)[0] ?? '')
    const [data = ''] = globSync(`${to}/**/data/changing`)
    assert.deepEqual(contentsOf(dirname(data), restored), truth.get(set), set)
    restored.close()
    rmSync(to, { recursive: true })
  }
}

function environmentOf(folder: string, days: number): Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: folder, HOLDFAST_STATE: join(folder, 'state'), ...onOtherDay(days) }
}

interface Source {
  readonly db: DatabaseSync
  readonly night: number
  readonly random: Random
}

/** As a source changes in a day: a file more, one that is different, sometimes one less, and some rows. */
function changeSource(folder: string, { db, night, random }: Source): void {
  const data = join(folder, 'data')
  for (const name of [`day-${night}`, 'changing']) writeFileSync(join(data, name), `${name} ${night} ${random(1e6)}\n`.repeat(1 + random(50)))
  if (night > 3 && random(3) === 0) rmSync(join(data, `day-${random(night)}`), { force: true })
  fillTable(db, night)
}

function fillTable(db: DatabaseSync, night: number): void {
  const [{ n } = { n: 0 }] = db.prepare('select count(*) as n from orders').all() as { n: number }[]
  const insert = db.prepare('insert into orders (what) values (?)')
  for (let at = n; at < 100 + 5 * night; at += 1) insert.run(`order ${at} of day ${night}: ${randomBytes(150).toString('hex')}`)
}

function contentsOf(data: string, db: DatabaseSync): Contents {
  const files = readdirSync(data).map((name) => [name, readFileSync(join(data, name), 'utf8')] as const)
  return Object.fromEntries([...files, ['rows of the table', JSON.stringify(db.prepare('select * from orders order by id').all())]])
}

function nightOf(truth: ReadonlyMap<string, Contents>, set: string): number {
  return Number(/^changing (\d+) /u.exec(truth.get(set)?.['changing'] ?? '')?.[1])
}

function flip(file: string, random: Random): void {
  const bytes = readFileSync(file)
  const at = random(bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
  writeFileSync(file, bytes)
}
