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
import { openPlace, type Place } from '../native/place.ts'
import { forgeObject } from '../support/forge.ts'
import { call, closeLocalfs, openLocalfs } from '../support/localfs.ts'
import { randomFrom } from '../support/mutations.ts'
import { requires } from '../support/requires.ts'
import type { Mutation } from './mutations.ts'
import { SOURCES, type Source } from './sources.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'
const noDrill = requires('root', 'unshare', 'mkfs.ext4', 'zstd')
// In the short form, one mutant of every second kind; of databases, whose servers take seconds to start, and of the longest list, of some kinds.
const FEW = 1
// Mutants that are played at the same time.
const AT_ONCE = isLong ? 2 : 1
const EVERY: ReadonlyMap<string, number> = new Map([
  ['PostgreSQL', 5],
  ['MariaDB', 5],
  ['compressed files', 3],
])

const PROOF = fileURLToPath(new URL('../../docs/proofs/mutants.md', import.meta.url))

/** Replaces the table of one source in the proof, when `UPDATE=1` is set. */
function keepSection(name: string, table: readonly string[]): void {
  if (process.env['UPDATE'] !== '1') return
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const text = readFileSync(PROOF, 'utf8')
  assert.ok(text.includes(begin) && text.includes(end), name)
  writeFileSync(PROOF, `${text.slice(0, text.indexOf(begin))}${begin}\n\n${table.join('\n')}\n\n${text.slice(text.indexOf(end))}`)
}

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

/** A copy of the set with the object, and what it was when it was published. */
interface Copy extends Spoiled {
  restore(): void
}

function openCopy(root: string, set: string, { path, processes }: Pick<Spoiled, 'path' | 'processes'>): Copy {
  const folder = join(root, set)
  const files = [path, 'manifest.json', 'SHA256SUMS'].map((name) => [name, readFileSync(join(folder, name))] as const)
  return {
    sets: filesystemSets(openLocalfs(root), { completeWhen: 'manifest' }),
    ...{ set, folder, path, processes },
    restore() {
      for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
    },
  }
}

/** Of one mutant: which checks have found it. The drill with facts and the one without them, in a copy of the set, run at the same time. */
async function play(mutant: Buffer, [known, blind]: readonly [Copy, Copy], base: string): Promise<Omit<Score, 'name' | 'mutants'>> {
  const ofKnown = async () => {
    known.restore()
    writeFileSync(join(known.folder, known.path), mutant)
    const digests = Number(!(await isSound(known, false)))
    forgeObject(known.folder, known.path, mutant)
    return { digests, deep: Number(!(await isSound(known, true))), drill: Number(!(await isProven(known, base))) }
  }
  const ofBlind = async () => {
    forgeObject(blind.folder, blind.path, mutant)
    return { blind: Number(!(await isProven(blind, base))) }
  }
  const [withFacts, without] = await Promise.all([ofKnown(), ofBlind()])
  return { ...withFacts, ...without }
}

/** The sets of a source, of which the newer one is examined: the object of the older one, that of the newer one, and pairs of copies of it, with facts and without. */
async function openCopies(place: Place, source: Source, processes: Processes) {
  const { objects, path, change } = await source.open(place)
  place.configure(objects)
  assert.deepEqual(place.run('-q', 'run').stderr, '')
  const older = readFileSync(join(place.newestSet(), path))
  change()
  assert.equal(place.run('-q', 'run').status, 0)
  const folder = place.newestSet()
  const set = folder.slice(folder.lastIndexOf('/') + 1)
  const original = readFileSync(join(folder, path))
  if (source.isUndigested) {
    forgetDigest(folder)
    forgeObject(folder, path, original)
  }
  place.shell('cp -a root blind-0')
  forgetFacts(join(place.folder, 'blind-0/nightly', set))
  const roots = Array.from({ length: AT_ONCE }, (_, nth) => [nth === 0 ? 'root' : `root-${nth}`, `blind-${nth}`] as const)
  for (const [known, blind] of roots.slice(1)) place.shell(`cp -a root ${known}; cp -a blind-0 ${blind}`)
  const copy = (root: string) => openCopy(join(place.folder, root, 'nightly'), set, { path, processes })
  const pairs = roots.map(([known, blind]) => [copy(known), copy(blind)] as const)
  // What is not spoiled is good by all of them.
  for (const [known, blind] of pairs) {
    assert.deepEqual([await isSound(known, true), await isProven(known, place.folder)], [true, true], source.name)
    assert.equal(await isProven(blind, place.folder), true, `${source.name} without facts`)
  }
  return { older, original, pairs }
}

const CHECKS = ['digests', 'deep', 'drill', 'blind'] as const

async function scoresOf(t: TestContext, source: Source, processes: Processes): Promise<readonly Score[]> {
  const place = openPlace(t)
  const { older, original, pairs } = await openCopies(place, source, processes)
  const random = randomFrom(20261127)
  const scoreOf = async ({ name, count, mutate }: Mutation): Promise<Score> => {
    const score: Score = { name, mutants: 0, digests: 0, deep: 0, drill: 0, blind: 0 }
    const all = Array.from({ length: isLong ? count : Math.min(FEW, count) }, () => mutate(original, random))
    const mutants = all.filter((it) => it !== undefined && !it.equals(original))
    score.mutants = mutants.length
    const playSome = async (pair: readonly [Copy, Copy]) => {
      for (let mutant = mutants.pop(); mutant !== undefined; mutant = mutants.pop()) {
        const found = await play(mutant, pair, place.folder)
        for (const key of CHECKS) score[key] += found[key]
      }
    }
    await Promise.all(pairs.map(playSome))
    return score
  }
  const scores: Score[] = []
  const every = EVERY.get(source.name) ?? 2
  const isPlayed = (_: Mutation, index: number) => isLong || index % every === Math.ceil(every / 2)
  for (const mutation of source.mutations(older).filter(isPlayed)) {
    const score = await scoreOf(mutation)
    if (isLong) t.diagnostic(`${new Date().toISOString()} ${JSON.stringify(score)}`)
    if (score.mutants > 0) scores.push(score)
  }
  return scores
}

function total(scores: readonly Score[], name: string): Score {
  const sum = (key: 'mutants' | (typeof CHECKS)[number]) => scores.reduce((all, it) => all + it[key], 0)
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
      const known = total(
        scores.filter(({ name }) => source.notFound?.includes(name) !== true),
        '',
      )
      assert.equal(known.deep, known.mutants, 'what is not what was dumped is found')
      assert.equal(known.drill, known.mutants, 'what is not what was dumped is not proven')
    })
})
