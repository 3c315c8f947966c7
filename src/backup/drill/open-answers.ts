import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { namesIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { openExistingFolderSync, openOrMakeFolderSync } from '../../files/open-by-path.ts'
import { readSmallIn } from '../../files/read-small.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import { VERSION } from '../../lib/assets.ts'
import type { DrillCheck, DrillLevel } from '../../plan/steps/drill-step.ts'
import type { ObjectRecord } from '../set/manifest.ts'
import type { ObjectDrill, ObjectEnd } from './drill-result.ts'

/** The drill whose answers are kept on this host until it is recorded: then they are removed. */
export interface AnswersOf {
  readonly stateFolder: string
  readonly step: string
  readonly storage: string
  readonly level: DrillLevel
}

/** What the answers are about. If any of it is different, they do not apply. */
export interface AnswersAbout {
  readonly set: string
  /** The objects of the manifest, with the SHA-256 of their bytes. */
  readonly records: readonly ObjectRecord[]
  readonly checks: readonly DrillCheck[]
}

/** The answers of a drill, by object. An inconclusive one is none. */
export interface DrillAnswers {
  /** Those of the drill that was interrupted. */
  readonly earlier: ReadonlyMap<string, ObjectDrill>
  /** The paths of the objects that are restored. */
  readonly chosen: readonly string[]
  /** Never rejects: without it, the object is drilled again. */
  keep(drill: ObjectDrill, at: Date): Promise<void>
}

export interface OpenAnswers {
  /** Whether to use those of the drill that was interrupted. Otherwise they are removed. */
  readonly resume: boolean
  readonly now: Date
  /** Chosen now; those of the interrupted drill if there is one. */
  readonly chosen: readonly string[]
}

const FOLDER = 'drills'
const VERSION_OF_FORMAT = 1
const MOST_AGE_MS = 24 * 3600_000

interface Kept {
  readonly version: number
  readonly step: string
  readonly storage: string
  readonly level: string
  readonly set: string
  /** SHA-256 of the examined data, and the version of the program that queried it. */
  readonly about: string
  readonly chosen: readonly string[]
  readonly objects: readonly ObjectDrill[]
}

/** Answers that are older than 24 hours, or from the future, are not used. */
export async function openAnswers(of: AnswersOf, about: AnswersAbout, { resume, now, chosen }: OpenAnswers): Promise<DrillAnswers> {
  const { step, storage, level } = of
  const { set } = about
  const digest = digestOf([VERSION, about.records, about.checks])
  const found = resume ? await readKept(of, set) : undefined
  const usable = found?.about === digest ? found : undefined
  if (usable === undefined) await forgetAnswers(of, set)
  const objects = (usable?.objects ?? []).filter((it) => isRecent(it, now))
  const all = new Map(objects.map((it) => [it.path, it]))
  const kept = { version: VERSION_OF_FORMAT, step, storage, level, set, about: digest, chosen: usable?.chosen ?? chosen }
  let last = Promise.resolve()
  return {
    earlier: new Map(objects.map((it) => [it.path, asEarlier(it)])),
    chosen: kept.chosen,
    async keep(drill, at) {
      if (drill.end === 'inconclusive') return
      all.set(drill.path, { ...drill, answered: at.toISOString() })
      last = last.then(() => write(of, { ...kept, objects: [...all.values()] })).catch(() => undefined)
      await last
    },
  }
}

/** Removes the answers of a drill. Never rejects. */
export async function forgetAnswers(of: AnswersOf, set: string): Promise<void> {
  await inFolder(of, async (folder) => void (await unlinkIn(folder, nameOf(of, set)))).catch(() => undefined)
}

/** The newest set with answers of a drill that was interrupted. Undefined if there is none. Never rejects. */
export async function interruptedSet(of: AnswersOf, now: Date): Promise<string | undefined> {
  const all = await inFolder(of, async (folder) => {
    const found: Kept[] = []
    for (const name of await namesIn(folder)) {
      const kept = await readFile(folder, name)
      if (kept !== undefined && name === nameOf(of, kept.set) && kept.objects.some((it) => isRecent(it, now))) found.push(kept)
    }
    return found
  }).catch(() => [])
  return all
    .map(({ set }) => set)
    .toSorted()
    .at(-1)
}

function isRecent({ answered = '' }: ObjectDrill, now: Date): boolean {
  const ageMs = now.getTime() - Date.parse(answered)
  return ageMs >= 0 && ageMs <= MOST_AGE_MS
}

function asEarlier(drill: ObjectDrill): ObjectDrill {
  const words = `its stored bytes again: this is the answer of ${drill.answered}, of a drill that was interrupted`
  return { ...drill, notAsked: [...drill.notAsked, words] }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

function nameOf({ step, storage, level }: AnswersOf, set: string): string {
  return `${digestOf([step, storage, level, set]).slice(0, 32)}.json`
}

async function write(of: AnswersOf, kept: Kept): Promise<void> {
  const folder = openOrMakeFolderSync(join(of.stateFolder, FOLDER), 0o700)
  try {
    await replaceFileIn(folder, nameOf(of, kept.set), `${JSON.stringify(kept)}\n`)
  } finally {
    await closeFolder(folder)
  }
}

async function inFolder<T>({ stateFolder }: AnswersOf, work: (folder: Folder) => Promise<T>): Promise<T> {
  const folder = openExistingFolderSync(join(stateFolder, FOLDER))
  try {
    return await work(folder)
  } finally {
    await closeFolder(folder)
  }
}

async function readKept(of: AnswersOf, set: string): Promise<Kept | undefined> {
  return await inFolder(of, (folder) => readFile(folder, nameOf(of, set))).catch(() => undefined)
}

async function readFile(folder: Folder, name: string): Promise<Kept | undefined> {
  try {
    const value: unknown = JSON.parse((await readSmallIn(folder, name)).toString('utf8'))
    return isKept(value) ? value : undefined
  } catch {
    return undefined
  }
}

const ENDS: ReadonlySet<unknown> = new Set<ObjectEnd>(['proven', 'read', 'failed'])

function isKept(value: unknown): value is Kept {
  const { version, about, set, chosen, objects } = (value ?? {}) as Partial<Record<keyof Kept, unknown>>
  if (version !== VERSION_OF_FORMAT || typeof about !== 'string' || typeof set !== 'string' || !Array.isArray(chosen) || !Array.isArray(objects))
    return false
  return objects.every((it: Partial<ObjectDrill>) => typeof it?.path === 'string' && ENDS.has(it.end) && Array.isArray(it.notAsked))
}
