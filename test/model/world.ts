import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Storage, StorageError, type StoredObject } from '../../src/storage/storage.ts'

/** What the store holds of one key. */
export interface Kept {
  readonly text: string
  readonly modifiedMs: number
}

/** A change of the store, carried out when it arrives. */
export interface Change {
  readonly verb: 'put' | 'remove'
  readonly key: string
  readonly text: string
}

/** One question of an actor that waits for its answer. */
export interface Request {
  readonly actor: string
  readonly verb: 'put' | 'remove' | 'get' | 'list' | 'pause'
  readonly key: string
  readonly text: string
  readonly pauseMs: number
  readonly answer: (value: unknown) => void
  readonly fail: (error: Error) => void
}

/** A change that was sent and not heard of, or sent twice: it arrives at any time. */
export interface Flying extends Change {
  readonly actor: string
  readonly sentMs: number
}

/** Requests do not fly longer than that (`LEASE` in `src/backup/object-store/lease-time.ts` says why). */
export const FLIGHT_MS = 15 * 60_000
export const SECOND_MS = 1000

/** The first of them as a digest, the others as they came: most are never asked for. */
export interface Answers {
  digest: string
  readonly recent: (readonly [what: string, answer: unknown])[]
}

/** A store whose requests are answered when the schedule says so, and a clock that goes on when it says so. */
export interface World {
  readonly kept: Map<string, Kept>
  readonly waiting: Request[]
  readonly flying: Flying[]
  readonly timers: Set<{ readonly actor: string; readonly work: () => void }>
  /** What each actor was answered so far: with that, and with what waits, its own state is given. */
  readonly told: Map<string, Answers>
  /** Answers at once: nothing is left to choose. */
  isDirect: boolean
  readonly tellsTimes: boolean
  readonly isLegacyRoot: boolean
  clockMs: number
  /** Told of each change that arrived. */
  onChange: (change: Change & { readonly actor: string }) => void
}

export function openWorld(beganMs: number, { tellsTimes, isLegacyRoot }: Pick<World, 'tellsTimes' | 'isLegacyRoot'>): World {
  return {
    kept: new Map(),
    waiting: [],
    flying: [],
    timers: new Set(),
    told: new Map(),
    isDirect: false,
    tellsTimes,
    isLegacyRoot,
    clockMs: beganMs,
    onChange: () => undefined,
  }
}

export function apply(world: World, change: Change & { readonly actor: string }): void {
  // A name is not claimed anew while requests to it fly: names are seconds, and a run that comes later has a later one.
  if (change.key.includes('/.holdfast/begin/')) land(world, (it) => nameOf(it.key) === nameOf(change.key) && it.actor !== change.actor)
  // In the root of an ancestor nothing tells what arrives after a set has expired from what the ancestor wrote: there it is taken to have arrived before.
  if (world.isLegacyRoot && change.key.endsWith('/.holdfast/expiring') && change.text.includes('"runId":"expire-'))
    land(world, (it) => nameOf(it.key) === nameOf(change.key) && it.actor !== change.actor)
  if (change.verb === 'put') world.kept.set(change.key, { text: change.text, modifiedMs: world.clockMs })
  else world.kept.delete(change.key)
  world.onChange(change)
}

/** Lets what flies arrive, where it is of that kind. */
export function land(world: World, which: (flying: Flying) => boolean): void {
  for (const it of world.flying.filter(which)) {
    world.flying.splice(world.flying.indexOf(it), 1)
    apply(world, it)
  }
}

export function nameOf(key: string): string {
  return key.slice(0, key.indexOf('/'))
}

/** Gives a request the answer of the store as it is now. */
export function answerTo(world: World, request: Request): void {
  const { verb, key, text, pauseMs, answer, fail, actor } = request
  const found = world.kept.get(key)
  if (verb === 'put' || verb === 'remove') apply(world, { verb, key, text, actor })
  if (verb === 'pause') world.clockMs += pauseMs
  if (verb === 'get' && found === undefined) fail(new StorageError('not-found', `there is no "${key}"`))
  else if (verb === 'get') answer(found?.text)
  else if (verb === 'list') answer(listed(world, key))
  else answer({ key, bytes: Buffer.byteLength(text) })
}

function listed({ kept, tellsTimes }: World, prefix: string): readonly StoredObject[] {
  const found = [...kept].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return found.map(([key, { text, modifiedMs }]) => ({ key, bytes: Buffer.byteLength(text), ...(tellsTimes && { modified: new Date(modifiedMs) }) }))
}

function note(world: World, actor: string, what: string, answer: unknown): void {
  const told = world.told.get(actor) ?? { digest: '', recent: [] }
  world.told.set(actor, told)
  told.recent.push([what, answer])
}

/** All answers of an actor, as a digest. */
export function toldTo(world: World, actor: string): string {
  const told = world.told.get(actor)
  if (told === undefined) return ''
  for (const [what, answer] of told.recent.splice(0))
    told.digest = createHash('sha1')
      .update(`${told.digest} ${what} ${JSON.stringify(answer)}`)
      .digest('base64')
  return told.digest
}

/** The store as one actor sees it. */
export function storageFor(world: World, actor: string): Storage {
  const ask = (verb: Request['verb'], key: string, more: { readonly text?: string; readonly signal?: AbortSignal } = {}) =>
    new Promise<unknown>((resolve, reject) => {
      const answer = (value: unknown) => {
        note(world, actor, `${verb} ${key}`, value)
        resolve(value)
      }
      const fail = (error: Error) => {
        note(world, actor, `${verb} ${key}`, error.message)
        reject(error)
      }
      const request: Request = { actor, verb, key, text: more.text ?? '', pauseMs: 0, answer, fail }
      if (more.signal?.aborted) reject(new StorageError('aborted', 'stopped'))
      else if (world.isDirect) answerTo(world, request)
      else world.waiting.push(request)
    })
  return {
    label: 'model',
    async put(key, body, { signal }) {
      return (await ask('put', key, { text: (await buffer(body)).toString(), signal })) as { readonly key: string; readonly bytes: number }
    },
    get: async (key, { signal }) => Readable.from([Buffer.from((await ask('get', key, { signal })) as string)], { objectMode: false }),
    async *list(prefix, { signal }) {
      yield* (await ask('list', prefix, { signal })) as { readonly key: string; readonly bytes: number }[]
    },
    remove: async (key, { signal }) => {
      await ask('remove', key, { signal })
    },
    close: async () => undefined,
  }
}
